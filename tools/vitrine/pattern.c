/* SPDX-License-Identifier: MIT */
/* vitrine pattern: makes a short video to try things with, different at every run. */
#include <argp.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/output.h"

#include <vitrine.h>

static const char name[] = "vitrine pattern";

enum { OPTION_SIZE = 0x100, OPTION_FRAMES, CELL = 16, NOISE_COUNT = 4096 };

struct options {
    const char *output;
    int width, height, frames;
};

struct encoder {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
    AVStream *stream;
};

static const struct argp_option list[] = {
    { "output", 'o', "FILE", 0, "where the video goes (Matroska, FFV1, no loss)", 0 },
    { "size", OPTION_SIZE, "WxH", 0, "640x360", 0 },
    { "frames", OPTION_FRAMES, "N", 0, "60", 0 },
    { 0 },
};

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (option) {
    case 'o':
        options->output = text;
        return 0;
    case OPTION_SIZE:
        if (sscanf(text, "%dx%d", &options->width, &options->height) != 2 || options->width < 16 ||
                options->height < 16 || options->width > 8192 || options->height > 8192) {
            argp_error(state, "%s: not a size from 16x16 to 8192x8192", text);
        }
        return 0;
    case OPTION_FRAMES:
        options->frames = atoi(text);
        if (options->frames < 1 || options->frames > 100000) {
            argp_error(state, "%s: not a number from 1 to 100000", text);
        }
        return 0;
    case ARGP_KEY_END:
        if (options->output == NULL) {
            argp_error(state, "give --output");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Colour bars, a moving square, and in the lower third cells of this run's random colours. */
static void paint(AVFrame *frame, int index, const uint8_t noise[NOISE_COUNT])
{
    for (int y = 0; y < frame->height; y++) {
        uint8_t *pixel = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        for (int x = 0; x < frame->width; x++, pixel += 4) {
            int bar = x * 8 / frame->width;
            bool square =
                    abs(x - (index * 8) % frame->width) < 24 && abs(y - frame->height / 4) < 24;
            bool random = y * 3 > frame->height * 2;
            size_t cell = (size_t)(x / CELL * 3 + y / CELL * 97 + index) % (NOISE_COUNT - 3);
            pixel[0] = square ? 255 : random ? noise[cell] : (uint8_t)(bar & 1 ? 235 : 16);
            pixel[1] = square ? 255 : random ? noise[cell + 1] : (uint8_t)(bar & 2 ? 235 : 16);
            pixel[2] = square ? 255 : random ? noise[cell + 2] : (uint8_t)(bar & 4 ? 235 : 16);
            pixel[3] = 255;
        }
    }
}

static int open_codec(struct encoder *encoder, const struct options *options)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_FFV1);
    encoder->codec = codec == NULL ? NULL : avcodec_alloc_context3(codec);
    encoder->stream = avformat_new_stream(encoder->format, codec);
    if (encoder->codec == NULL || encoder->stream == NULL) {
        return AVERROR(ENOMEM);
    }
    encoder->codec->width = options->width;
    encoder->codec->height = options->height;
    encoder->codec->pix_fmt = AV_PIX_FMT_BGRA;
    encoder->codec->time_base = (AVRational){ 1, 30 };
    encoder->stream->time_base = encoder->codec->time_base;
    encoder->stream->avg_frame_rate = (AVRational){ 30, 1 };
    int error = avcodec_open2(encoder->codec, codec, NULL);
    return error < 0 ? error
                     : avcodec_parameters_from_context(encoder->stream->codecpar, encoder->codec);
}

/* Under a name that nobody takes for a protocol. */
static int open_output(struct encoder *encoder, const char *path)
{
    VIT_AUTO(string) url = NULL;
    if (asprintf(&url, "file:%s", path) < 0) {
        url = NULL;
        return AVERROR(ENOMEM);
    }
    return avio_open(&encoder->format->pb, url, AVIO_FLAG_WRITE);
}

static int open_file(struct encoder *encoder, const struct options *options, const char *path)
{
    int error = avformat_alloc_output_context2(&encoder->format, NULL, "matroska", NULL);
    if (error >= 0) {
        error = open_codec(encoder, options);
    }
    if (error >= 0) {
        error = open_output(encoder, path);
    }
    if (error >= 0) {
        error = avformat_write_header(encoder->format, NULL);
    }
    if (error < 0) {
        return error;
    }
    encoder->packet = av_packet_alloc();
    encoder->frame = av_frame_alloc();
    if (encoder->packet == NULL || encoder->frame == NULL) {
        return AVERROR(ENOMEM);
    }
    encoder->frame->width = options->width;
    encoder->frame->height = options->height;
    encoder->frame->format = AV_PIX_FMT_BGRA;
    return av_frame_get_buffer(encoder->frame, 0);
}

/* frame NULL: the end. */
static int encode(struct encoder *encoder, const AVFrame *frame)
{
    int error = avcodec_send_frame(encoder->codec, frame);
    while (error >= 0) {
        error = avcodec_receive_packet(encoder->codec, encoder->packet);
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) {
            return 0;
        }
        if (error < 0) {
            break;
        }
        av_packet_rescale_ts(encoder->packet, encoder->codec->time_base,
                encoder->stream->time_base);
        encoder->packet->stream_index = 0;
        error = av_interleaved_write_frame(encoder->format, encoder->packet);
    }
    return error;
}

static int write_all(struct encoder *encoder, const struct options *options, const char *path)
{
    uint8_t noise[NOISE_COUNT];
    int error = open_file(encoder, options, path);
    if (error < 0 || vitrine_random(noise, sizeof(noise)) != VITRINE_OK) {
        return error < 0 ? error : AVERROR(EIO);
    }
    for (int i = 0; i < options->frames && error >= 0; i++) {
        error = av_frame_make_writable(encoder->frame);
        if (error >= 0) {
            paint(encoder->frame, i, noise);
            encoder->frame->pts = i;
            error = encode(encoder, encoder->frame);
        }
    }
    if (error >= 0) {
        error = encode(encoder, NULL);
    }
    return error < 0 ? error : av_write_trailer(encoder->format);
}

/* What was still to be written may fail. */
static int close_all(struct encoder *encoder)
{
    int error = 0;
    av_frame_free(&encoder->frame);
    av_packet_free(&encoder->packet);
    avcodec_free_context(&encoder->codec);
    if (encoder->format != NULL) {
        error = avio_closep(&encoder->format->pb);
        avformat_free_context(encoder->format);
    }
    return error;
}

static int make(const struct options *options, const char *path)
{
    struct encoder encoder = { .format = NULL };
    int error = write_all(&encoder, options, path);
    int closed = close_all(&encoder);
    error = error < 0 ? error : closed;
    if (error >= 0) {
        return VIT_EXIT_OK;
    }
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(error, text, sizeof(text));
    return vit_command_fail(VIT_EXIT_SYSTEM, name, options->output, "%s", text);
}

static int run(int argc, char **argv)
{
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .doc = "Makes a short video without loss, with a random pattern of this run in it.",
    };
    struct options options = { .width = 640, .height = 360, .frames = 60 };
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    av_log_set_level(AV_LOG_ERROR);
    VIT_AUTO(output) output;
    enum vit_status status = output_begin(options.output, 0666, true, &output);
    if (status != VIT_OK) {
        return vit_command_fail_output(name, options.output, status);
    }
    int code = make(&options, output.temporary);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    status = output_commit(&output);
    return status == VIT_OK ? VIT_EXIT_OK : vit_command_fail_output(name, options.output, status);
}

const struct vit_command vit_command_pattern = { "pattern", "make a short video to try things with",
    run };
