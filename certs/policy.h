/* SPDX-License-Identifier: MIT */
/**
 * Object identifiers of the custody policies. The arc is 2.25.U of ITU-T X.667, where U is the
 * project's own UUID f5b90aac-9e86-446e-acd3-ce4e9df88a47 as a number, so nobody had to be asked
 * for it.
 */
#ifndef CERTS_POLICY_H
#define CERTS_POLICY_H

#define VIT_POLICY_ARC "2.25.326621650386534271716998265795176335943"
#define VIT_POLICY_CUSTODY_DRIVER VIT_POLICY_ARC ".1.1"
#define VIT_POLICY_CUSTODY_DEVICE VIT_POLICY_ARC ".1.2"

#endif
