#include "datasets/gzip.h"

#include "base/memory.h"

#include <limits.h>
#include <zlib.h>

struct gzip {
    z_stream stream;
    const char *name;
    size_t left; /* input that the stream was not given yet: its counters have 32 bits */
    bool ended;
};

bool gzip_recognise(const uint8_t *bytes, size_t size)
{
    return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

int gzip_new(struct gzip **reader, const char *name, const uint8_t *bytes, size_t size,
             struct error *error)
{
    const int gzip_only = 16 + MAX_WBITS;
    struct gzip *made = memory_new(sizeof *made);
    *made = (struct gzip){
        .stream = {.next_in = (z_const Bytef *)(uintptr_t)bytes}, .name = name, .left = size};
    *reader = NULL;
    if (inflateInit2(&made->stream, gzip_only) != Z_OK) {
        memory_free(made);
        return error_set(error, ERROR_FAILED, "%s: out of memory while unpacking", name);
    }
    *reader = made;
    return 0;
}

static uInt piece(size_t size)
{
    return size > UINT_MAX ? UINT_MAX : (uInt)size;
}

/* What inflate's RESULT means; sets ended at the end of the last member. */
static int judge(struct gzip *reader, int result, struct error *error)
{
    bool more = reader->stream.avail_in > 0 || reader->left > 0;
    switch (result) {
    case Z_OK:
        return 0;
    case Z_STREAM_END:
        reader->ended = !more;
        if (more)
            inflateReset(&reader->stream);
        return 0;
    case Z_BUF_ERROR:
        if (more)
            return 0;
        return error_set(error, ERROR_DATA, "%s: truncated: the gzip data end too early",
                         reader->name);
    case Z_MEM_ERROR:
        return error_set(error, ERROR_FAILED, "%s: out of memory while unpacking", reader->name);
    default:
        return error_set(error, ERROR_DATA, "%s: damaged gzip data (%s)", reader->name,
                         reader->stream.msg ? reader->stream.msg : "zlib gives no reason");
    }
}

int gzip_read(struct gzip *reader, uint8_t *out, size_t *count, struct error *error)
{
    z_stream *stream = &reader->stream;
    size_t wanted = *count, done = 0;
    while (done < wanted && !reader->ended) {
        if (stream->avail_in == 0 && reader->left > 0) {
            stream->avail_in = piece(reader->left);
            reader->left -= stream->avail_in;
        }
        uInt room = piece(wanted - done);
        stream->next_out = out + done;
        stream->avail_out = room;
        int result = inflate(stream, Z_NO_FLUSH);
        done += room - stream->avail_out;
        if (judge(reader, result, error) != 0)
            return -1;
    }
    *count = done;
    return 0;
}

void gzip_free(struct gzip *reader)
{
    if (!reader)
        return;
    inflateEnd(&reader->stream);
    memory_free(reader);
}
