#include "architecture/elf.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace lockstep::architecture {

namespace {

constexpr std::string_view endbr64 = "\xF3\x0F\x1E\xFA";
// From the x86-64 psABI; elf.h of glibc 2.36 has them under GNU_PROPERTY_*.
constexpr std::uint32_t both_cet_bits =
    GNU_PROPERTY_X86_FEATURE_1_IBT | GNU_PROPERTY_X86_FEATURE_1_SHSTK;

template <class T>
std::optional<T> at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T out;
  std::memcpy(&out, bytes.data() + offset, sizeof(T));
  return out;
}

template <class T>
std::vector<T> table(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  std::vector<T> out;
  for (std::uint64_t used = 0; used + sizeof(T) <= size; used += sizeof(T)) {
    if (const auto entry = at<T>(bytes, offset + used)) out.push_back(*entry);
  }
  return out;
}

std::string_view text_at(std::string_view bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return {};
  return bytes.substr(offset, std::min(bytes.find('\0', offset), bytes.size()) - offset);
}

/// Where an address of the loaded program stands in the file.
std::optional<std::uint64_t> file_offset(const std::vector<Elf64_Phdr>& segments,
                                         std::uint64_t address) {
  for (const auto& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      return address - segment.p_vaddr + segment.p_offset;
    }
  }
  return std::nullopt;
}

void read_dynamic(Hardening& out, const std::vector<Elf64_Dyn>& entries) {
  for (const auto& entry : entries) {
    const auto value = entry.d_un.d_val;
    if (entry.d_tag == DT_BIND_NOW) out.bind_now = true;
    if (entry.d_tag == DT_FLAGS && (value & DF_BIND_NOW)) out.bind_now = true;
    if (entry.d_tag == DT_FLAGS_1 && (value & DF_1_NOW)) out.bind_now = true;
    if (entry.d_tag == DT_FLAGS_1 && (value & DF_1_PIE)) out.pie = true;
  }
}

bool asks_for_cet(std::string_view note) {
  // A note header of 12 bytes, "GNU\0", then properties: type, size, data.
  for (std::uint64_t offset = 16; const auto type = at<std::uint32_t>(note, offset);) {
    const auto size = at<std::uint32_t>(note, offset + 4);
    const auto bits = at<std::uint32_t>(note, offset + 8);
    if (!size || !bits) return false;
    if (*type == GNU_PROPERTY_X86_FEATURE_1_AND) return (*bits & both_cet_bits) == both_cet_bits;
    offset += 8 + (*size + 7) / 8 * 8;
  }
  return false;
}

}  // namespace

std::optional<Hardening> read_hardening(std::string_view bytes) {
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64) {
    return std::nullopt;
  }
  const auto segments = table<Elf64_Phdr>(bytes, header->e_phoff,
                                          std::uint64_t{header->e_phnum} * sizeof(Elf64_Phdr));
  const auto sections = table<Elf64_Shdr>(bytes, header->e_shoff,
                                          std::uint64_t{header->e_shnum} * sizeof(Elf64_Shdr));
  if (segments.size() != header->e_phnum || sections.size() != header->e_shnum) return std::nullopt;

  Hardening out;
  for (const auto& segment : segments) {
    if (segment.p_type == PT_GNU_RELRO) out.relro = true;
    if (segment.p_type == PT_GNU_STACK) out.executable_stack = (segment.p_flags & PF_X) != 0;
    if (segment.p_type == PT_DYNAMIC) {
      read_dynamic(out, table<Elf64_Dyn>(bytes, segment.p_offset, segment.p_filesz));
    }
    if (segment.p_type == PT_GNU_PROPERTY && segment.p_offset <= bytes.size()) {
      out.cet_note = asks_for_cet(bytes.substr(segment.p_offset, segment.p_filesz));
    }
  }
  out.pie = out.pie && header->e_type == ET_DYN;
  for (const auto& section : sections) {
    if (section.sh_type != SHT_DYNSYM && section.sh_type != SHT_SYMTAB) continue;
    if (section.sh_link >= sections.size()) return std::nullopt;
    const auto names = sections[section.sh_link].sh_offset;
    for (const auto& symbol : table<Elf64_Sym>(bytes, section.sh_offset, section.sh_size)) {
      const auto name = text_at(bytes, names + symbol.st_name);
      if (section.sh_type == SHT_DYNSYM && symbol.st_shndx == SHN_UNDEF) out.imports.emplace(name);
      if (name == "main" && symbol.st_shndx != SHN_UNDEF) {
        const auto offset = file_offset(segments, symbol.st_value);
        out.main_has_endbr = offset && bytes.substr(*offset).starts_with(endbr64);
      }
    }
  }
  return out;
}

}  // namespace lockstep::architecture
