/* SPDX-License-Identifier: MIT */
/**
 * The little of COM that opmapi.h needs: IUnknown, the task allocator, and how interfaces are
 * written in C (an object's first member points to its table) and in C++ (a class of the same
 * layout).
 */
#ifndef VITRINE_OBJBASE_H
#define VITRINE_OBJBASE_H

#include "ddierror.h"
#include "winabi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STDMETHODCALLTYPE
#define STDAPICALLTYPE

typedef GUID IID;
#ifdef __cplusplus
#define REFIID const IID &
#else
#define REFIID const IID *
#endif

DEFINE_GUID(IID_IUnknown, 0x00000000, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x46);

/* Memory that one side allocates and the other frees. In libvitrine_opm.so. NULL: none. */
LPVOID STDAPICALLTYPE CoTaskMemAlloc(SIZE_T cb);
/* NULL is fine. */
void STDAPICALLTYPE CoTaskMemFree(LPVOID pv);

#ifdef __cplusplus
struct IUnknown {
    virtual HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **ppvObject) = 0;
    virtual ULONG STDMETHODCALLTYPE AddRef() = 0;
    virtual ULONG STDMETHODCALLTYPE Release() = 0;
};
#else
typedef struct IUnknown IUnknown;
typedef struct IUnknownVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IUnknown *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(IUnknown *This);
    ULONG(STDMETHODCALLTYPE *Release)(IUnknown *This);
} IUnknownVtbl;
struct IUnknown {
    const IUnknownVtbl *lpVtbl;
};
#define IUnknown_QueryInterface(This, riid, ppvObject)                                             \
    ((This)->lpVtbl->QueryInterface(This, riid, ppvObject))
#define IUnknown_AddRef(This) ((This)->lpVtbl->AddRef(This))
#define IUnknown_Release(This) ((This)->lpVtbl->Release(This))
#endif

#ifdef __cplusplus
}
#endif

#endif
