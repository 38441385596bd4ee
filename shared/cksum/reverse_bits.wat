;; Reverses the bits within each byte of a run of memory, 16 bytes at a time.
;; `deno task wasm` makes `reverse_bits_wasm.ts` from this text; a test compares them.
(module
  ;; Two pages of 64 KiB: a piece, and room behind it for the last block.
  (memory (export "memory") 2)
  ;; Works on blocks of 16 bytes from 0 up to $end; the last one may reach beyond it.
  (func (export "reverse") (param $end i32)
    (local $at i32)
    (local $bytes v128)
    (local $lower v128)
    (local $upper v128)
    (local $mask v128)
    ;; Half a byte, reversed: as the upper half of the result, and as the lower.
    (local.set $lower
      (v128.const i8x16 0x00 0x80 0x40 0xc0 0x20 0xa0 0x60 0xe0
                        0x10 0x90 0x50 0xd0 0x30 0xb0 0x70 0xf0))
    (local.set $upper
      (v128.const i8x16 0x0 0x8 0x4 0xc 0x2 0xa 0x6 0xe 0x1 0x9 0x5 0xd 0x3 0xb 0x7 0xf))
    (local.set $mask (i8x16.splat (i32.const 0x0f)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $bytes (v128.load (local.get $at)))
        ;; Relaxed, because no index is above 15: that saves two instructions for each.
        (v128.store (local.get $at)
          (v128.or
            (i8x16.relaxed_swizzle (local.get $lower)
              (v128.and (local.get $bytes) (local.get $mask)))
            (i8x16.relaxed_swizzle (local.get $upper)
              (i8x16.shr_u (local.get $bytes) (i32.const 4)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))))
