/* SPDX-License-Identifier: MIT */
/*
 * Draws a picture by OpenGL ES with whatever Mesa the guest has and shows it, as a compositor does: GBM
 * surfaces of a card, EGL on them, KMS.
 *
 *     vitrine-vm-gles-screen CARD
 *
 * Prints the renderer and "WIDTHxHEIGHT", then "shown COUNT" for each picture, and goes on after a line
 * on standard input; ends after PICTURES of them. Each is STEPS times STEPS
 * fields; in picture COUNT the one in column x and row y from the top has red 32 x, green 32 y and blue
 * 51 COUNT.
 */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <fcntl.h>
#include <gbm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

enum { PICTURES = 4, STEPS = 8, LIMIT_MS = 10000 };

struct screen {
    int card;
    uint32_t crtc, connector;
    drmModeModeInfo mode;
    struct gbm_device *device;
    struct gbm_surface *surface;
    struct gbm_bo *shown;
    uint32_t framebuffer;
    EGLDisplay display;
    EGLSurface window;
};

static bool find_screen(struct screen *screen)
{
    drmModeRes *resources = drmModeGetResources(screen->card);
    for (int i = 0; resources != NULL && i < resources->count_connectors; i++) {
        drmModeConnector *connector = drmModeGetConnector(screen->card, resources->connectors[i]);
        if (connector != NULL && connector->connection == DRM_MODE_CONNECTED &&
                connector->count_modes > 0) {
            screen->connector = connector->connector_id;
            screen->crtc = resources->crtcs[0];
            screen->mode = connector->modes[0];
        }
        drmModeFreeConnector(connector);
    }
    drmModeFreeResources(resources);
    return screen->connector != 0;
}

static bool find_config(EGLDisplay display, uint32_t format, EGLConfig *config)
{
    static const EGLint wanted[] = { EGL_RENDERABLE_TYPE, EGL_OPENGL_ES2_BIT, EGL_SURFACE_TYPE,
        EGL_WINDOW_BIT, EGL_RED_SIZE, 8, EGL_NONE };
    EGLConfig all[256];
    EGLint count = 0;
    if (!eglChooseConfig(display, wanted, all, 256, &count)) {
        return false;
    }
    for (EGLint i = 0; i < count; i++) {
        EGLint id = 0;
        *config = all[i];
        if (eglGetConfigAttrib(display, all[i], EGL_NATIVE_VISUAL_ID, &id) &&
                (uint32_t)id == format) {
            return true;
        }
    }
    return false;
}

static bool open_gl(struct screen *screen)
{
    static const EGLint version[] = { EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE };
    EGLConfig config;
    screen->device = gbm_create_device(screen->card);
    if (screen->device == NULL) {
        return false;
    }
    screen->surface = gbm_surface_create(screen->device, screen->mode.hdisplay,
            screen->mode.vdisplay, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING);
    screen->display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, screen->device, NULL);
    if (screen->surface == NULL || !eglInitialize(screen->display, NULL, NULL) ||
            !eglBindAPI(EGL_OPENGL_ES_API) ||
            !find_config(screen->display, GBM_FORMAT_XRGB8888, &config)) {
        return false;
    }
    EGLContext context = eglCreateContext(screen->display, config, EGL_NO_CONTEXT, version);
    screen->window = eglCreatePlatformWindowSurface(screen->display, config, screen->surface, NULL);
    return eglMakeCurrent(screen->display, screen->window, screen->window, context);
}

static GLuint make_shader(GLenum stage, const char *text)
{
    GLuint shader = glCreateShader(stage);
    glShaderSource(shader, 1, &text, NULL);
    glCompileShader(shader);
    return shader;
}

static GLuint use_program(void)
{
    GLuint program = glCreateProgram();
    glAttachShader(program,
            make_shader(GL_VERTEX_SHADER,
                    "attribute vec4 place; varying vec2 at;\n"
                    "void main() { gl_Position = place; at = place.xy * 0.5 + 0.5; }"));
    glAttachShader(program,
            make_shader(GL_FRAGMENT_SHADER,
                    "precision highp float; varying vec2 at; uniform float blue, steps;\n"
                    "void main() { vec2 field = floor(vec2(at.x, 1.0 - at.y) * steps);\n"
                    "gl_FragColor = vec4(field * 32.0 / 255.0, blue, 1.0); }"));
    glBindAttribLocation(program, 0, "place");
    glLinkProgram(program);
    glUseProgram(program);
    glUniform1f(glGetUniformLocation(program, "steps"), STEPS);
    return program;
}

static void draw(GLuint program, float blue)
{
    static const float corners[] = { -1, -1, 0, 1, 3, -1, 0, 1, -1, 3, 0, 1 };
    glUniform1f(glGetUniformLocation(program, "blue"), blue);
    glVertexAttribPointer(0, 4, GL_FLOAT, GL_FALSE, 0, corners);
    glEnableVertexAttribArray(0);
    glDrawArrays(GL_TRIANGLES, 0, 3);
}

static void flipped(int card, unsigned sequence, unsigned seconds, unsigned microseconds,
        void *waiting)
{
    (void)card, (void)sequence, (void)seconds, (void)microseconds;
    *(bool *)waiting = false;
}

/* The first one sets the mode, the others are flips, as compositors do. */
static bool put_up(struct screen *screen, uint32_t framebuffer)
{
    drmEventContext events = { .version = 2, .page_flip_handler = flipped };
    bool waiting = true;
    if (screen->shown == NULL) {
        return drmModeSetCrtc(screen->card, screen->crtc, framebuffer, 0, 0, &screen->connector, 1,
                       &screen->mode) == 0;
    }
    if (drmModePageFlip(screen->card, screen->crtc, framebuffer, DRM_MODE_PAGE_FLIP_EVENT,
                &waiting) != 0) {
        return false;
    }
    while (waiting && drmHandleEvent(screen->card, &events) == 0) {
    }
    return !waiting;
}

static bool show(struct screen *screen)
{
    if (!eglSwapBuffers(screen->display, screen->window)) {
        return false;
    }
    struct gbm_bo *front = gbm_surface_lock_front_buffer(screen->surface);
    uint32_t framebuffer = 0;
    uint32_t handles[4] = { gbm_bo_get_handle(front).u32 };
    uint32_t pitches[4] = { gbm_bo_get_stride(front) }, offsets[4] = { 0 };
    if (drmModeAddFB2(screen->card, gbm_bo_get_width(front), gbm_bo_get_height(front),
                gbm_bo_get_format(front), handles, pitches, offsets, &framebuffer, 0) != 0 ||
            !put_up(screen, framebuffer)) {
        return false;
    }
    if (screen->shown != NULL) {
        drmModeRmFB(screen->card, screen->framebuffer);
        gbm_surface_release_buffer(screen->surface, screen->shown);
    }
    screen->shown = front;
    screen->framebuffer = framebuffer;
    return true;
}

int main(int argc, char **argv)
{
    struct screen screen = { .card = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1 };
    if (screen.card < 0 || !find_screen(&screen) || !open_gl(&screen)) {
        fprintf(stderr, "no OpenGL ES on a screen: EGL error %x\n", (unsigned)eglGetError());
        return 1;
    }
    printf("%s\n%ux%u\n", (const char *)glGetString(GL_RENDERER), screen.mode.hdisplay,
            screen.mode.vdisplay);
    GLuint program = use_program();
    for (int count = 1; count <= PICTURES; count++) {
        draw(program, (float)count * 51 / 255);
        if (!show(&screen)) {
            perror("not shown");
            return 1;
        }
        printf("shown %d\n", count);
        (void)fflush(stdout);
        int byte;
        do {
            byte = getchar();
        } while (byte != '\n' && byte != EOF);
    }
    return glGetError() == GL_NO_ERROR ? 0 : 1;
}
