/* SPDX-License-Identifier: MIT */
/* Draws by OpenGL ES with whatever Mesa the guest has, and prints the renderer and two pixels. */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <stdbool.h>
#include <stdio.h>

enum { SIDE = 64 };

static bool open_context(void)
{
    static const EGLint wanted[] = { EGL_RENDERABLE_TYPE, EGL_OPENGL_ES2_BIT, EGL_SURFACE_TYPE,
        EGL_PBUFFER_BIT, EGL_NONE };
    static const EGLint version[] = { EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE };
    EGLConfig config;
    EGLint count = 0;
    EGLDisplay display =
            eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
    if (!eglInitialize(display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API) ||
            !eglChooseConfig(display, wanted, &config, 1, &count) || count == 0) {
        return false;
    }
    EGLContext context = eglCreateContext(display, config, EGL_NO_CONTEXT, version);
    return eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
}

static void make_target(void)
{
    GLuint texture, frame;
    glGenTextures(1, &texture);
    glBindTexture(GL_TEXTURE_2D, texture);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, SIDE, SIDE, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
    glGenFramebuffers(1, &frame);
    glBindFramebuffer(GL_FRAMEBUFFER, frame);
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
    glViewport(0, 0, SIDE, SIDE);
}

static GLuint make_shader(GLenum stage, const char *text)
{
    GLuint shader = glCreateShader(stage);
    glShaderSource(shader, 1, &text, NULL);
    glCompileShader(shader);
    return shader;
}

static void use_program(void)
{
    GLuint program = glCreateProgram();
    glAttachShader(program,
            make_shader(GL_VERTEX_SHADER,
                    "attribute vec4 place; void main() { gl_Position = place; }"));
    glAttachShader(program,
            make_shader(GL_FRAGMENT_SHADER,
                    "precision mediump float; void main() { gl_FragColor = vec4(0.2, 0.4, 0.6, "
                    "1.0); }"));
    glBindAttribLocation(program, 0, "place");
    glLinkProgram(program);
    glUseProgram(program);
}

/* Half of the picture, along its diagonal. */
static void draw(void)
{
    static const float corners[] = { -1, -1, 0, 1, 1, -1, 0, 1, -1, 1, 0, 1 };
    glClearColor(0, 1, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    use_program();
    glVertexAttribPointer(0, 4, GL_FLOAT, GL_FALSE, 0, corners);
    glEnableVertexAttribArray(0);
    glDrawArrays(GL_TRIANGLES, 0, 3);
}

static void print_pixel(int x, int y)
{
    unsigned char pixel[4] = { 0 };
    glReadPixels(x, y, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
    printf("%u %u %u\n", pixel[0], pixel[1], pixel[2]);
}

int main(void)
{
    if (!open_context()) {
        fprintf(stderr, "no OpenGL ES: EGL error %x\n", (unsigned)eglGetError());
        return 1;
    }
    printf("%s\n", (const char *)glGetString(GL_RENDERER));
    make_target();
    draw();
    print_pixel(5, 5);
    print_pixel(SIDE - 5, SIDE - 5);
    return glGetError() == GL_NO_ERROR ? 0 : 1;
}
