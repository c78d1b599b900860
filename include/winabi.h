/* SPDX-License-Identifier: MIT */
/**
 * The base types of the published interfaces, with their widths, for Linux on 64-bit machines.
 *
 * Everything that is 32 bits wide there is 32 bits wide here, so nothing is mapped to C long.
 * WCHAR is a UTF-16 code unit and has nothing to do with wchar_t. Structures use natural
 * alignment; enumerations are 4 bytes (an enumeration must not name both a negative value and
 * 0x80000000, else compilers here make it 8).
 */
#ifndef VITRINE_WINABI_H
#define VITRINE_WINABI_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef CONST
#define CONST const
#endif
#ifndef VOID
#define VOID void
#endif
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

/* One calling convention here. */
#define APIENTRY
#define WINAPI
#define CALLBACK

typedef int BOOL; /* 0 or not 0 */
typedef uint8_t BOOLEAN;
typedef char CHAR;
typedef uint8_t UCHAR;
typedef uint8_t BYTE;
typedef int16_t SHORT;
typedef uint16_t USHORT;
typedef uint16_t WORD;
#ifdef __cplusplus
typedef char16_t WCHAR; /* one UTF-16 code unit, as in u"" */
#else
typedef uint16_t WCHAR; /* one UTF-16 code unit, as in u"" */
#endif
typedef int32_t INT;
typedef uint32_t UINT;
typedef int32_t LONG;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef int8_t INT8;
typedef int16_t INT16;
typedef int32_t INT32;
typedef int64_t INT64;
typedef uint8_t UINT8;
typedef uint16_t UINT16;
typedef uint32_t UINT32;
typedef uint64_t UINT64;
typedef float FLOAT;
typedef double DOUBLE;
typedef size_t SIZE_T;
typedef intptr_t INT_PTR;
typedef uintptr_t UINT_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;

typedef void *PVOID;
typedef void *LPVOID;
typedef const void *LPCVOID;
typedef BYTE *PBYTE;
typedef UCHAR *PUCHAR;
typedef ULONG *PULONG;
typedef DWORD *LPDWORD;
typedef CHAR *LPSTR;
typedef const CHAR *LPCSTR;
typedef WCHAR *LPWSTR;
typedef const WCHAR *LPCWSTR;
typedef void *HANDLE;

/* Negative is failure. */
typedef int32_t HRESULT;
typedef int32_t NTSTATUS;

#define SUCCEEDED(hr) (((HRESULT)(hr)) >= 0)
#define FAILED(hr) (((HRESULT)(hr)) < 0)
#define NT_SUCCESS(status) (((NTSTATUS)(status)) >= 0)

typedef union _LARGE_INTEGER {
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER;
typedef LARGE_INTEGER PHYSICAL_ADDRESS;

/* Periods of 100 ns since the year 1601, UTC. */
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME;

/* Right and bottom lie outside. */
typedef struct tagRECT {
    LONG left;
    LONG top;
    LONG right;
    LONG bottom;
} RECT;

typedef struct tagSIZE {
    LONG cx;
    LONG cy;
} SIZE;

typedef struct tagPOINT {
    LONG x;
    LONG y;
} POINT;

/* In memory: Data1, Data2 and Data3 in machine order, then the 8 bytes as written. */
#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;
#endif

#ifdef __cplusplus
#define REFGUID const GUID &
#else
#define REFGUID const GUID *
#endif

#if defined(__GNUC__)
#define VITRINE_UNUSED __attribute__((unused))
#else
#define VITRINE_UNUSED
#endif

/* One private copy in each translation unit: GUIDs are compared by value, never by address. */
#define DEFINE_GUID(name, d1, d2, d3, b0, b1, b2, b3, b4, b5, b6, b7)                              \
    VITRINE_UNUSED static const GUID name = { d1, d2, d3, { b0, b1, b2, b3, b4, b5, b6, b7 } }

DEFINE_GUID(GUID_NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

#define ZeroMemory(destination, length) ((void)memset(destination, 0, length))
#define FillMemory(destination, length, fill) ((void)memset(destination, fill, length))
#define CopyMemory(destination, source, length) ((void)memcpy(destination, source, length))

static inline BOOL InlineIsEqualGUID(const GUID *a, const GUID *b)
{
    return memcmp(a, b, sizeof(GUID)) == 0;
}

#ifdef __cplusplus
static inline BOOL IsEqualGUID(const GUID &a, const GUID &b)
{
    return InlineIsEqualGUID(&a, &b);
}
#else
static inline BOOL IsEqualGUID(const GUID *a, const GUID *b)
{
    return InlineIsEqualGUID(a, b);
}
#endif

#endif
