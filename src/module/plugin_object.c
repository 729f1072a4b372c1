#include "module/plugin_object.h"

#include "base/text.h"
#include "module/plugin.h"

#include <link.h>
#include <string.h>

enum { EXPORTS_SHOWN = 3 };

/* This program's own header, from the linker: what a plugin must be built for. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static bool is_within(const struct file_map *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset;
}

static int check_processor(const ElfW(Ehdr) * header, struct error *error)
{
    if (header->e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS])
        return error_set(error, ERROR_FAILED,
                         "was built for %d bits, this program for %d: build the plugin again",
                         header->e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64,
                         __ehdr_start.e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64);
    if (header->e_machine != __ehdr_start.e_machine)
        return error_set(error, ERROR_FAILED,
                         "was built for another processor (ELF machine %d, this program has %d): "
                         "build the plugin again on this machine",
                         header->e_machine, __ehdr_start.e_machine);
    if (header->e_type != ET_DYN)
        return error_set(error, ERROR_FAILED,
                         "is no shared object: build the plugin with -shared -fPIC");
    return 0;
}

static int check_segments(const struct file_map *file, const ElfW(Ehdr) * header,
                          struct error *error)
{
    bool is_whole =
        header->e_phentsize == sizeof(ElfW(Phdr)) &&
        is_within(file, header->e_phoff, (uint64_t)header->e_phnum * sizeof(ElfW(Phdr)));
    for (int i = 0; is_whole && i < header->e_phnum; i++) {
        ElfW(Phdr) segment;
        memcpy(&segment, file->bytes + header->e_phoff + (size_t)i * sizeof segment,
               sizeof segment);
        is_whole = is_within(file, segment.p_offset, segment.p_filesz);
    }
    return is_whole ? 0 : error_set(error, ERROR_DATA, "is truncated: build or copy it again");
}

static bool read_section(const struct file_map *file, const ElfW(Ehdr) * header, uint32_t index,
                         ElfW(Shdr) * section)
{
    uint64_t offset = header->e_shoff + (uint64_t)index * sizeof *section;
    if (index >= header->e_shnum || !is_within(file, offset, sizeof *section))
        return false;
    memcpy(section, file->bytes + offset, sizeof *section);
    return section->sh_type == SHT_NOBITS || is_within(file, section->sh_offset, section->sh_size);
}

/* The dynamic symbols and their names; false where the file has no table of its sections. */
static bool find_symbols(const struct file_map *file, const ElfW(Ehdr) * header,
                         ElfW(Shdr) * symbols, ElfW(Shdr) * names)
{
    if (header->e_shoff == 0 || header->e_shentsize != sizeof *symbols)
        return false;
    for (uint32_t i = 0; i < header->e_shnum; i++)
        if (read_section(file, header, i, symbols) && symbols->sh_type == SHT_DYNSYM)
            return read_section(file, header, symbols->sh_link, names) &&
                   names->sh_type == SHT_STRTAB;
    return false;
}

/* The name of SYMBOL where others can see it, else NULL. */
static const char *exported_name(const struct file_map *file, const ElfW(Shdr) * names,
                                 const ElfW(Sym) * symbol)
{
    /* These two macros are the same for both classes. */
    int binding = ELF64_ST_BIND(symbol->st_info);
    int visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    if (symbol->st_shndx == SHN_UNDEF || binding == STB_LOCAL || symbol->st_name >= names->sh_size)
        return NULL;
    if (visibility != STV_DEFAULT && visibility != STV_PROTECTED)
        return NULL;
    const char *name = (const char *)file->bytes + names->sh_offset + symbol->st_name;
    return memchr(name, '\0', names->sh_size - symbol->st_name) ? name : NULL;
}

static int check_exports(const struct file_map *file, const ElfW(Ehdr) * header,
                         struct error *error)
{
    ElfW(Shdr) symbols, names;
    if (!find_symbols(file, header, &symbols, &names))
        return 0; /* a stripped file: the loader looks the symbol up */
    bool is_found = false;
    int others = 0;
    struct text list = {0};
    for (uint64_t at = 0; at + sizeof(ElfW(Sym)) <= symbols.sh_size; at += sizeof(ElfW(Sym))) {
        ElfW(Sym) symbol;
        memcpy(&symbol, file->bytes + symbols.sh_offset + at, sizeof symbol);
        const char *name = exported_name(file, &names, &symbol);
        if (name && text_equal(name, PLUGIN_SYMBOL))
            is_found = true;
        else if (name && *name && *name != '_' && others++ < EXPORTS_SHOWN)
            text_add_format(&list, "%s%s", list.length ? ", " : "", name);
    }
    int result = 0;
    if (!is_found)
        result = error_set(error, ERROR_FAILED,
                           "does not export %s: is UNROLL_PLUGIN(...) at its end?", PLUGIN_SYMBOL);
    else if (others)
        result = error_set(error, ERROR_FAILED,
                           "exports more than %s: %s%s: make its functions static, or build it "
                           "with -fvisibility=hidden",
                           PLUGIN_SYMBOL, text_get(&list), others > EXPORTS_SHOWN ? ", ..." : "");
    text_release(&list);
    return result;
}

int plugin_object_check(const struct file_map *file, struct error *error)
{
    ElfW(Ehdr) header;
    if (file->size < sizeof header)
        return 0;
    memcpy(&header, file->bytes, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return 0;
    if (check_processor(&header, error) || check_segments(file, &header, error))
        return -1;
    return check_exports(file, &header, error);
}
