/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mechanisms complain by a format; who reads their parameters knows where those were written. */
#include "param.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT 600

static void say(struct fs_complaints *complaints, bool is_error, const char *key,
                const char *format, va_list args)
{
    char text[TEXT];
    vsnprintf(text, sizeof text, format, args);
    complaints->say(complaints, is_error, key, text);
}

void fs_complain(struct fs_complaints *complaints, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(complaints, true, key, format, args);
    va_end(args);
}

void fs_warn(struct fs_complaints *complaints, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(complaints, false, key, format, args);
    va_end(args);
}

void fs_complain_at(struct fs_complaints *complaints, const char *file, long line, int column,
                    const char *content, const char *format, ...)
{
    char text[TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    complaints->say_at(complaints, file, line, column, content, text);
}
