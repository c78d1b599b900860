/* SPDX-License-Identifier: MIT */
/**
 * libvitrine_host.so: the kernel driver of Vitrine as a library ("host"), for whoever plays the
 * runtime: players, tools, conformance suites.
 *
 * Its one exported symbol, VitrineOpenHost, connects to a device and returns the callback tables
 * that a runtime hands to the user-mode driver: D3DDDI_ADAPTERCALLBACKS in OpenAdapter10_2,
 * D3DDDI_DEVICECALLBACKS and the DXGI callbacks in CreateDevice. Every wait in them has a limit.
 * The functions are safe for several threads unless the page of a callback says otherwise.
 */
#ifndef VITRINE_HOST_H
#define VITRINE_HOST_H

#include <stdint.h>

#include "d3dkmddi.h"
#include "d3dumddi.h"
#include "dxgiddi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VITRINE_HOST_VERSION 1

/* All strings are copied; NULL stands for the default. */
struct vitrine_host_config {
    uint32_t version; /* VITRINE_HOST_VERSION */
    /* "embedded:" (default): the device in this process; "vhost:PATH": a vitrine-gpu process that
     * listens on that socket. */
    const char *link;
    /* embedded: only: file of the device's certificate chain (DER, leaf first). The custody is what
     * the leaf says. A vhost device tells its own. */
    const char *certificate;
    /* OSSL_STORE URI of the certificate's private key: for the driver (custody driver), or for the
     * device in this process (embedded, custody device). */
    const char *key;
    /* Asked for the passphrase of the key; NULL: an encrypted key is refused. */
    int (*passphrase)(void *context, char *out, int capacity);
    void *passphrase_context;
    /* embedded: only; 0 = default. */
    uint32_t workers;       /* threads for long jobs; default 1 */
    uint32_t inline_len;    /* bytes up to which a job runs on the caller's thread */
    uint32_t require_hdcp;  /* not 0: protected content is shown only under HDCP */
    uint32_t width, height; /* of the first output; default 1280x800 */
    /* embedded: only: file of the public key (DSA of 1024 and 160 bits, PEM) that lists of revoked
     * HDCP receivers are signed with; NULL: each list is refused. */
    const char *srm_key;
};

/* A picture as the display received it: rows of B, G, R, X without padding. */
struct vitrine_host_picture {
    uint32_t width, height;
    uint8_t *pixels;  /* owned by the host; valid until the next call on the same host */
    uint64_t updates; /* display updates received so far */
};

struct vitrine_host_stats {
    uint64_t submissions;
    uint64_t refusals;   /* submissions that the device refused */
    int32_t last_status; /* of the last refusal: enum vit_status of base/status.h */
};

struct vitrine_host;

struct vitrine_host_tables {
    struct vitrine_host *host;
    HANDLE hRTAdapter; /* goes into D3D10DDIARG_OPENADAPTER and the adapter callbacks */
    const D3DDDI_ADAPTERCALLBACKS *adapter_callbacks;
    const D3DDDI_DEVICECALLBACKS *device_callbacks;
    const DXGI_DDI_BASE_CALLBACKS *dxgi_callbacks;

    /* The kernel's view of a runtime device: what the runtime gets before it calls CreateDevice.
     * The handle is hRTDevice of that device. Destroying it releases all it owned. */
    HRESULT (*create_device)(struct vitrine_host *host, HANDLE *hRTDevice);
    void (*destroy_device)(struct vitrine_host *host, HANDLE hRTDevice);

    /* What output number output shows now, made of the bytes of the display socket.
     * E_INVALIDARG: no such output; E_FAIL: nothing shown yet. */
    HRESULT (*picture)(struct vitrine_host *host, uint32_t output,
            struct vitrine_host_picture *picture);

    /* Sets what output number output has in force: "none", "hdcp", "lost", "revoked".
     * embedded: only, else E_NOTIMPL. */
    HRESULT (*set_output_level)(struct vitrine_host *host, uint32_t output, const char *level);

    void (*stats)(struct vitrine_host *host, struct vitrine_host_stats *stats);

    /* All devices must be destroyed and the adapter closed; protected outputs that still stand go. */
    void (*close)(struct vitrine_host *host);

    /* The virtual monitor at output number output: "plug", "unplug", "tamper", "revoke", "unrevoke",
     * "hdcp", "no-hdcp", or "slow N" (milliseconds that authentication takes, at most 60000).
     * embedded: only, else E_NOTIMPL. E_INVALIDARG: no such output or command. */
    HRESULT (*set_monitor)(struct vitrine_host *host, uint32_t output, const char *command);

    /* DxgkDdiQueryInterface of the kernel driver, for whoever plays the kernel. MiniportDeviceContext,
     * here and in what is queried, is hRTAdapter. There is DXGK_OPM_INTERFACE, version 1
     * (dispmprt.h); anything else is STATUS_NOT_SUPPORTED. */
    DXGKDDI_QUERY_INTERFACE *query_interface;
};

/**
 * @param error  when not NULL, at least error_len bytes for one line that says what is wrong
 * @return S_OK, E_INVALIDARG (config), E_OUTOFMEMORY, E_FAIL (device not there, certificate or key
 *         not usable: see error)
 */
HRESULT VitrineOpenHost(const struct vitrine_host_config *config,
        struct vitrine_host_tables *tables, char *error, uint32_t error_len);
typedef HRESULT VITRINE_OPEN_HOST(const struct vitrine_host_config *config,
        struct vitrine_host_tables *tables, char *error, uint32_t error_len);

#ifdef __cplusplus
}
#endif

#endif
