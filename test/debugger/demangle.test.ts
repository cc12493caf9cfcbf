// Names as rustc and clang write them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { demangle } from "../../src/debugger/demangle.js";

describe("demangle", () => {
  it.each([
    ["_ZN5words4text9each_word17h045aecc9d64408c7E", "words::text::each_word"],
    ["_ZN4core3ptr33drop_in_place$LT$words..count$GT$17hd18e7e10a26cd7d6E", "core::ptr::drop_in_place<words::count>"],
    [
      "_ZN4core3ops8function6FnOnce40call_once$u7b$$u7b$vtable.shim$u7d$$u7d$17h8a6e4f39d42aedceE",
      "core::ops::function::FnOnce::call_once{{vtable.shim}}",
    ],
    ["_ZN3foo3barEv", "foo::bar"],
    ["_Z6add_upPKhj", "add_up"],
    ["_RNvNtCsbJUshb2BUF0_5words4text9each_word", "words::text::each_word"],
    [
      "_RINvNtCs4EoLUFkKuUC_4core3ptr13drop_in_placeNvCsbJUshb2BUF0_5words5countEBI_",
      "core::ptr::drop_in_place<words::count>",
    ],
    [
      "_RNSNvYNvCsbJUshb2BUF0_5words5countINtNtNtCs4EoLUFkKuUC_4core3ops8function6FnOnceTjEE9call_once6vtableB6_",
      "<words::count as core::ops::function::FnOnce<(usize,)>>::call_once::{shim:vtable#0}",
    ],
    [
      "_RNvYNvCsbJUshb2BUF0_5words5countINtNtNtCs4EoLUFkKuUC_4core3ops8function2FnTjEE4callB4_",
      "<words::count as core::ops::function::Fn<(usize,)>>::call",
    ],
  ])("%s", (mangled, name) => {
    expect(demangle(mangled)).toBe(name);
  });

  it.each(["kernel_run", "", "_R", "_RNv", "_ZN", "_ZN99x", "_RB_", "_RNvB_3abc", "_ZNK3foo3barEv", "_Znwm", "$leaf"])(
    "leaves %j as it is",
    (name) => {
      expect(demangle(name)).toBe(name);
    },
  );

  it("comes to an end", () => {
    const letters = [..."RZNCMXYIBTESsLhu0123456789_abv"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...letters), { maxLength: 40 }), (characters) => {
        expect(typeof demangle(`_R${characters.join("")}`)).toBe("string");
        expect(typeof demangle(`_Z${characters.join("")}`)).toBe("string");
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});
