/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/source.h"

#include <errno.h>
#include <fcntl.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct source {
    AVFormatContext *format;
    AVCodecContext *codec;
    struct SwsContext *scaler;
    AVPacket *packet;
    AVFrame *frame;
    int stream;
    struct vit_surface surface;
    const char *path; /* borrowed */
    char reason[SOURCE_REASON_LEN];
    bool draining;
};

/* The reason why. */
static enum vit_status because(struct source *source, const char *what, int error,
        enum vit_status status)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    if (error < 0) {
        av_strerror(error, text, sizeof(text));
    }
    snprintf(source->reason, sizeof(source->reason), "%s%s%s", what, error < 0 ? ": " : "", text);
    return status;
}

/* Memory is the caller's to tell, who may lack it too. */
static enum vit_status say(const char *path, const char *reason, enum vit_status status)
{
    if (status == VIT_OK || status == VIT_E_GONE || status == VIT_E_NOMEM) {
        return status;
    }
    fprintf(stderr, "vitrine: %s: %s\n", path, reason);
    return status;
}

static enum vit_status open_codec(struct source *source)
{
    const AVCodec *decoder = NULL;
    int index = av_find_best_stream(source->format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
    if (index < 0 || decoder == NULL) {
        return because(source, "no video that can be decoded", index, VIT_E_UNSUPPORTED);
    }
    source->stream = index;
    source->codec = avcodec_alloc_context3(decoder);
    source->packet = av_packet_alloc();
    source->frame = av_frame_alloc();
    if (source->codec == NULL || source->packet == NULL || source->frame == NULL) {
        return VIT_E_NOMEM;
    }
    int error =
            avcodec_parameters_to_context(source->codec, source->format->streams[index]->codecpar);
    if (error >= 0) {
        error = avcodec_open2(source->codec, decoder, NULL);
    }
    return error >= 0 ? VIT_OK : because(source, "no decoder", error, VIT_E_UNSUPPORTED);
}

/* NV12 has whole chroma samples: an odd side loses its last row or column. */
static enum vit_status choose_format(struct source *source)
{
    const AVPixFmtDescriptor *pixels = av_pix_fmt_desc_get(source->codec->pix_fmt);
    bool rgb = pixels != NULL && (pixels->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    uint32_t width = (uint32_t)source->codec->width, height = (uint32_t)source->codec->height;
    enum vit_status status = rgb
            ? vit_surface_init(&source->surface, VIT_FORMAT_BGRA, width, height)
            : vit_surface_init(&source->surface, VIT_FORMAT_NV12, width & ~1u, height & ~1u);
    return status == VIT_OK
            ? VIT_OK
            : because(source, "the picture is too large or empty", 0, VIT_E_UNSUPPORTED);
}

static void describe(const struct source *source, struct source_info *info)
{
    const AVStream *stream = source->format->streams[source->stream];
    AVRational rate =
            stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : stream->r_frame_rate;
    bool sane = rate.num > 0 && rate.den > 0;
    *info = (struct source_info){
        .surface = source->surface,
        .rate_numerator = sane ? (uint32_t)rate.num : 25,
        .rate_denominator = sane ? (uint32_t)rate.den : 1,
        .frame_estimate = stream->nb_frames > 0 && stream->nb_frames < UINT32_MAX
                ? (uint32_t)stream->nb_frames
                : 0,
    };
}

/* Ahead of the library, whose errors do not tell a missing file from a wrong one. */
static enum vit_status look_at(const char *path, struct source *source)
{
    struct stat facts;
    if (stat(path, &facts) != 0 || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
        return because(source, strerror(errno), 0, VIT_E_IO);
    }
    return S_ISDIR(facts.st_mode) ? because(source, "no video: a folder", 0, VIT_E_REFUSED)
                                  : VIT_OK;
}

static enum vit_status status_of(int error)
{
    return error == AVERROR(ENOMEM) ? VIT_E_NOMEM
            : error == AVERROR(EIO) ? VIT_E_IO
                                    : VIT_E_REFUSED;
}

/* Under a name that nobody takes for a protocol. */
static int open_input(struct source *source)
{
    VIT_AUTO(string) url = NULL;
    if (asprintf(&url, "file:%s", source->path) < 0) {
        url = NULL;
        return AVERROR(ENOMEM);
    }
    return avformat_open_input(&source->format, url, NULL, NULL);
}

static enum vit_status fill(struct source *source)
{
    VIT_TRY(look_at(source->path, source));
    int error = open_input(source);
    if (error < 0) {
        return because(source, "no video file", error, status_of(error));
    }
    error = avformat_find_stream_info(source->format, NULL);
    if (error < 0) {
        return because(source, "no video file", error, status_of(error));
    }
    VIT_TRY(open_codec(source));
    return choose_format(source);
}

enum vit_status source_try(const char *path, struct source **source, struct source_info *info,
        char reason[SOURCE_REASON_LEN])
{
    av_log_set_level(AV_LOG_FATAL);
    snprintf(reason, SOURCE_REASON_LEN, "%s", vit_status_name(VIT_E_NOMEM));
    VIT_AUTO(source) opened = calloc(1, sizeof(*opened));
    if (opened == NULL) {
        return VIT_E_NOMEM;
    }
    opened->path = path;
    enum vit_status status = fill(opened);
    if (status != VIT_OK && opened->reason[0] != '\0') {
        snprintf(reason, SOURCE_REASON_LEN, "%s", opened->reason);
    }
    VIT_TRY(status);
    describe(opened, info);
    *source = opened;
    opened = NULL;
    return VIT_OK;
}

enum vit_status source_open(const char *path, struct source **source, struct source_info *info)
{
    char reason[SOURCE_REASON_LEN] = "";
    enum vit_status status = source_try(path, source, info, reason);
    return say(path, reason, status);
}

void source_close(struct source *source)
{
    if (source == NULL) {
        return;
    }
    sws_freeContext(source->scaler);
    av_frame_free(&source->frame);
    av_packet_free(&source->packet);
    avcodec_free_context(&source->codec);
    avformat_close_input(&source->format);
    free(source);
}

/* The next packet of our stream, or the end, goes to the decoder. */
static enum vit_status feed(struct source *source)
{
    while (!source->draining) {
        int error = av_read_frame(source->format, source->packet);
        if (error < 0 && error != AVERROR_EOF) {
            return because(source, "damaged", error, VIT_E_REFUSED);
        }
        if (error == AVERROR_EOF) {
            source->draining = true;
            avcodec_send_packet(source->codec, NULL);
            return VIT_OK;
        }
        bool ours = source->packet->stream_index == source->stream;
        if (ours) {
            error = avcodec_send_packet(source->codec, source->packet);
        }
        av_packet_unref(source->packet);
        if (ours && error < 0 && error != AVERROR_INVALIDDATA) {
            return because(source, "cannot be decoded", error, VIT_E_REFUSED);
        }
        if (ours) {
            return VIT_OK;
        }
    }
    return VIT_OK;
}

static enum vit_status convert(struct source *source, uint8_t *pixels)
{
    const AVFrame *frame = source->frame;
    bool rgb = source->surface.format == VIT_FORMAT_BGRA;
    int width = (int)source->surface.width, height = (int)source->surface.height;
    source->scaler = sws_getCachedContext(source->scaler, rgb ? frame->width : width,
            rgb ? frame->height : height, frame->format, width, height,
            rgb ? AV_PIX_FMT_BGRA : AV_PIX_FMT_NV12, SWS_POINT | SWS_ACCURATE_RND, NULL, NULL,
            NULL);
    if (source->scaler == NULL || frame->width < width || frame->height < height) {
        return because(source, "the picture changes its shape", 0, VIT_E_UNSUPPORTED);
    }
    int pitch = (int)source->surface.pitch;
    uint8_t *planes[4] = { pixels, rgb ? NULL : pixels + (size_t)pitch * (size_t)height };
    int pitches[4] = { pitch, rgb ? 0 : pitch };
    sws_scale(source->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0,
            rgb ? frame->height : height, planes, pitches);
    return VIT_OK;
}

static enum vit_status next(struct source *source, uint8_t *pixels)
{
    for (;;) {
        int error = avcodec_receive_frame(source->codec, source->frame);
        if (error >= 0) {
            enum vit_status status = convert(source, pixels);
            av_frame_unref(source->frame);
            return status;
        }
        if (error == AVERROR_EOF) {
            return VIT_E_GONE;
        }
        if (error != AVERROR(EAGAIN)) {
            return because(source, "cannot be decoded", error, VIT_E_REFUSED);
        }
        VIT_TRY(feed(source));
    }
}

enum vit_status source_next(struct source *source, uint8_t *pixels)
{
    enum vit_status status = next(source, pixels);
    return say(source->path, source->reason, status);
}
