/* SPDX-License-Identifier: MIT */
#ifndef OPM_EXPORT_H
#define OPM_EXPORT_H

#define OPM_EXPORT __attribute__((visibility("default")))

#endif
