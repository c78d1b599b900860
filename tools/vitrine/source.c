/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/source.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdbool.h>
#include <stdio.h>

struct source {
    AVFormatContext *format;
    AVCodecContext *codec;
    struct SwsContext *scaler;
    AVPacket *packet;
    AVFrame *frame;
    int stream;
    struct vit_surface surface;
    const char *path; /* borrowed */
    bool draining;
};

static enum vit_status say(const char *path, const char *what, int error, enum vit_status status)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    if (error < 0) {
        av_strerror(error, text, sizeof(text));
    }
    fprintf(stderr, "vitrine: %s: %s%s%s\n", path, what, error < 0 ? ": " : "", text);
    return status;
}

static enum vit_status open_codec(struct source *source)
{
    const AVCodec *decoder = NULL;
    int index = av_find_best_stream(source->format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
    if (index < 0 || decoder == NULL) {
        return say(source->path, "no video that can be decoded", index, VIT_E_UNSUPPORTED);
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
    return error >= 0 ? VIT_OK : say(source->path, "no decoder", error, VIT_E_UNSUPPORTED);
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
            : say(source->path, "the picture is too large or empty", 0, VIT_E_UNSUPPORTED);
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

static enum vit_status fill(struct source *source)
{
    int error = avformat_open_input(&source->format, source->path, NULL, NULL);
    if (error < 0) {
        return say(source->path, "cannot be opened", error, VIT_E_IO);
    }
    error = avformat_find_stream_info(source->format, NULL);
    if (error < 0) {
        return say(source->path, "not a video", error, VIT_E_UNSUPPORTED);
    }
    VIT_TRY(open_codec(source));
    return choose_format(source);
}

enum vit_status source_open(const char *path, struct source **source, struct source_info *info)
{
    av_log_set_level(AV_LOG_FATAL);
    VIT_AUTO(source) opened = calloc(1, sizeof(*opened));
    if (opened == NULL) {
        return VIT_E_NOMEM;
    }
    opened->path = path;
    VIT_TRY(fill(opened));
    describe(opened, info);
    *source = opened;
    opened = NULL;
    return VIT_OK;
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
            return say(source->path, "damaged", error, VIT_E_REFUSED);
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
            return say(source->path, "cannot be decoded", error, VIT_E_REFUSED);
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
        return say(source->path, "the picture changes its shape", 0, VIT_E_UNSUPPORTED);
    }
    int pitch = (int)source->surface.pitch;
    uint8_t *planes[4] = { pixels, rgb ? NULL : pixels + (size_t)pitch * (size_t)height };
    int pitches[4] = { pitch, rgb ? 0 : pitch };
    sws_scale(source->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0,
            rgb ? frame->height : height, planes, pitches);
    return VIT_OK;
}

enum vit_status source_next(struct source *source, uint8_t *pixels)
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
            return say(source->path, "cannot be decoded", error, VIT_E_REFUSED);
        }
        VIT_TRY(feed(source));
    }
}
