/* SPDX-License-Identifier: MIT */
/* Definitions of entries that do next to nothing, one line each. Each takes hDevice first; the
 * declaration at the end of a macro takes the semicolon. */
#ifndef UMD_UNSUPPORTED_MACROS_H
#define UMD_UNSUPPORTED_MACROS_H

#include "umd/unsupported.h"

/* What these functions have arguments for is what they do not do. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* The least size of an object, none of which will be made. */
#define OBJECT_SIZE(name, ...)                                                                     \
    static SIZE_T APIENTRY name(D3D10DDI_HDEVICE hDevice, __VA_ARGS__)                             \
    {                                                                                              \
        return sizeof(VOID *);                                                                     \
    }                                                                                              \
    struct umd_device

#define NO_OBJECT(name, ...)                                                                       \
    static VOID APIENTRY name(D3D10DDI_HDEVICE hDevice, __VA_ARGS__)                               \
    {                                                                                              \
        umd_refuse_object(hDevice);                                                                \
    }                                                                                              \
    struct umd_device

#define NOT_HERE(name, ...)                                                                        \
    static HRESULT APIENTRY name(D3D10DDI_HDEVICE hDevice, __VA_ARGS__)                            \
    {                                                                                              \
        return E_NOTIMPL;                                                                          \
    }                                                                                              \
    struct umd_device

#define IGNORE(name, ...)                                                                          \
    static VOID APIENTRY name(D3D10DDI_HDEVICE hDevice, __VA_ARGS__)                               \
    {                                                                                              \
    }                                                                                              \
    struct umd_device

#define IGNORE_ALONE(name)                                                                         \
    static VOID APIENTRY name(D3D10DDI_HDEVICE hDevice)                                            \
    {                                                                                              \
    }                                                                                              \
    struct umd_device

#endif
