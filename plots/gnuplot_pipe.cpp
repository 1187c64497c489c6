/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why the pipe is handed in: gnuplot-iostream would start gnuplot by popen, through a shell, and
 * would print a failure to stderr instead of telling. Given a FILE it only writes. No exception
 * leaves this file; a stream that failed once stays failed, and close reports it. Numbers are
 * printed by snprintf: the header sets the stream to 18 digits, and no locale is ever set.
 */
#include "gnuplot_pipe.h"

#include <gnuplot-iostream.h>

#include <cmath>
#include <cstdio>
#include <new>

struct fs_gnuplot_pipe {
    explicit fs_gnuplot_pipe(FILE *to) : stream(to) {}
    Gnuplot stream;
};

extern "C" struct fs_gnuplot_pipe *fs_gnuplot_pipe_open(FILE *to)
{
    try {
        return new fs_gnuplot_pipe(to);
    } catch (...) {
        std::fclose(to);
        return nullptr;
    }
}

extern "C" void fs_gnuplot_pipe_command(struct fs_gnuplot_pipe *pipe, const char *command)
{
    try {
        pipe->stream << command << '\n';
    } catch (...) {
        pipe->stream.setstate(std::ios::badbit);
    }
}

static void write_row(Gnuplot &stream, int columns, const double *row)
{
    for (int i = 0; i < columns; i++) {
        if (std::isnan(row[i])) {
            stream << '\n';
            return;
        }
    }
    for (int i = 0; i < columns; i++) {
        char number[32];
        std::snprintf(number, sizeof number, "%.10g", row[i]);
        stream << number << (i + 1 < columns ? ' ' : '\n');
    }
}

extern "C" void fs_gnuplot_pipe_block(struct fs_gnuplot_pipe *pipe, const char *name, int columns,
                                      size_t n, const double *values)
{
    try {
        pipe->stream << '$' << name << " << EOD\n";
        for (size_t i = 0; i < n; i++)
            write_row(pipe->stream, columns, values + i * static_cast<size_t>(columns));
        pipe->stream << "EOD\n";
    } catch (...) {
        pipe->stream.setstate(std::ios::badbit);
    }
}

extern "C" int fs_gnuplot_pipe_close(struct fs_gnuplot_pipe *pipe)
{
    bool good = false;
    try {
        good = static_cast<bool>(pipe->stream << std::flush);
    } catch (...) {
        good = false;
    }
    delete pipe;
    return good ? 0 : -1;
}
