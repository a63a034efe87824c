// SPDX-License-Identifier: MIT
#include "base/files/sha256.h"

#include <doctest/doctest.h>

#include "support/temporary_folder.h"
#include "tessera/error.h"

TEST_SUITE("base/sha256") {
  // FIPS 180-4 examples (NIST CSRC, "SHA256"): none, one block, two blocks.
  TEST_CASE("digests are the standard's") {
    const auto digest = [](std::string_view text) {
      tessera::base::Sha256 hash;
      hash.add(text);
      return hash.digest();
    };
    CHECK(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(digest(std::string(64, 'a')) ==
          "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
  }

  TEST_CASE("parts give the digest of the whole") {
    tessera::base::Sha256 whole, parts;
    const std::string text(1000, 'x');
    whole.add(text);
    for (std::size_t i = 0; i < text.size(); i += 7) parts.add(std::string_view(text).substr(i, 7));
    CHECK(parts.digest() == whole.digest());
  }

  TEST_CASE("a file's digest is that of its bytes; none for a file that is not there") {
    const tessera::test::TemporaryFolder folder;
    folder.write("abc", "abc");
    CHECK(tessera::base::file_digest(folder / "abc") ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_THROWS_WITH_AS(tessera::base::file_digest(folder / "none"), doctest::Contains("none"),
                         tessera::Error);
  }
}
