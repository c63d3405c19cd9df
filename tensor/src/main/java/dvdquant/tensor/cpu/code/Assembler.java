package dvdquant.tensor.cpu.code;

import java.util.Arrays;

/**
 * Writes the few instructions that our kernels need, as Intel's manual encodes them (volume 2, VEX prefixes of three bytes). Vector registers
 * are 0 … 15, of 256 bits.
 */
final class Assembler {
    /** General registers, by their numbers. */
    enum Register {
        RAX,
        RCX,
        RDX,
        RBX,
        RSP,
        RBP,
        RSI,
        RDI,
        R8,
        R9,
        R10,
        R11;

        /** The memory that it points to, {@code displacement} bytes on. */
        Address at(int displacement) {
            return new Address(this, null, 1, displacement);
        }

        /** The memory that it points to, {@code scale} · {@code index} bytes on. */
        Address plus(Register index, int scale) {
            return new Address(this, index, scale, 0);
        }
    }

    /**
     * base + index · scale + displacement.
     *
     * @param index null: none
     * @param scale 1, 2, 4 or 8
     */
    record Address(Register base, Register index, int scale, int displacement) {
        Address plus(int bytes) {
            return new Address(base, index, scale, displacement + bytes);
        }
    }

    /** Instructions of three operands: target, first source, second source, a register or memory. */
    enum Operation {
        ADD_FLOATS(0, 1, 0x58), //
        FMA_FLOATS(1, 2, 0xB8), // target += first · second
        XOR(1, 1, 0xEF), //
        AND(1, 1, 0xDB), //
        ADD_INTS(1, 1, 0xFE), //
        ADD_SHORTS(1, 1, 0xFD), //
        ADD_NEIGHBORS(1, 2, 0x02), // vphaddd: sums of neighbors of the first, then of the second, in each half of the vectors
        INTERLEAVE_LOW(0, 1, 0x14), // vunpcklps, in each half of the vectors
        INTERLEAVE_HIGH(0, 1, 0x15), //
        MULTIPLY_SHORT_PAIRS(1, 1, 0xF5), // vpmaddwd: s16 · s16, neighbors added, s32
        MULTIPLY_BYTE_PAIRS(1, 2, 0x04); // vpmaddubsw: u8 · s8, neighbors added, s16, saturated

        private final int prefix;
        private final int map;
        private final int code;

        Operation(int prefix, int map, int code) {
            this.prefix = prefix;
            this.map = map;
            this.code = code;
        }
    }

    /** Instructions that read memory into a register. */
    enum Load {
        VECTOR(2, 1, 0x6F), //
        BROADCAST_4_BYTES(1, 2, 0x58), //
        BYTES_AS_SHORTS(1, 2, 0x20), // 16 of them, with their sign
        SHORTS_AS_INTS(1, 2, 0x33); // 8 of them, unsigned

        private final int prefix;
        private final int map;
        private final int code;

        Load(int prefix, int map, int code) {
            this.prefix = prefix;
            this.map = map;
            this.code = code;
        }
    }

    private static final int IN_REGISTERS = 0b11_000_000;

    private byte[] code = new byte[4096];
    private int size;

    byte[] code() {
        return Arrays.copyOf(code, size);
    }

    /** Where the next instruction will be: for jumps back. */
    int here() {
        return size;
    }

    void operate(Operation operation, int target, int first, int second) {
        vex(operation.map, operation.prefix, target, first, 0, second);
        bytes(operation.code, IN_REGISTERS | (target & 7) << 3 | second & 7);
    }

    void operate(Operation operation, int target, int first, Address second) {
        vex(operation.map, operation.prefix, target, first, second);
        bytes(operation.code);
        memory(target, second);
    }

    void load(Load load, int target, Address from) {
        vex(load.map, load.prefix, target, 0, from);
        bytes(load.code);
        memory(target, from);
    }

    void store(int vector, Address to) {
        vex(1, 2, vector, 0, to);
        bytes(0x7F);
        memory(vector, to);
    }

    /** Each 16 bits of {@code from} shifted right. */
    void shiftShortsRight(int target, int from, int by) {
        vex(1, 1, 0, target, 0, from);
        bytes(0x71, IN_REGISTERS | 2 << 3 | from & 7, by);
    }

    /** Each 32 bits of {@code from} shifted left. */
    void shiftIntsLeft(int target, int from, int by) {
        vex(1, 1, 0, target, 0, from);
        bytes(0x72, IN_REGISTERS | 6 << 3 | from & 7, by);
    }

    /** In each half two floats of {@code first}, then two of {@code second}: those that {@code which} numbers, two bits each. */
    void shuffle(int target, int first, int second, int which) {
        vex(1, 0, target, first, 0, second);
        bytes(0xC6, IN_REGISTERS | (target & 7) << 3 | second & 7, which);
    }

    /** Two halves: 0 and 1 are those of {@code first}, 2 and 3 those of {@code second}. */
    void halves(int target, int first, int second, int low, int high) {
        vex(3, 1, target, first, 0, second);
        bytes(0x06, IN_REGISTERS | (target & 7) << 3 | second & 7, high << 4 | low);
    }

    void zeroUpperHalves() {
        bytes(0xC5, 0xF8, 0x77);
    }

    /** One of the first eight. */
    void push(Register register) {
        bytes(0x50 | register.ordinal());
    }

    void pop(Register register) {
        bytes(0x58 | register.ordinal());
    }

    void move(Register target, Register from) {
        bytes(rex(from, target), 0x89, IN_REGISTERS | (from.ordinal() & 7) << 3 | target.ordinal() & 7);
    }

    void move(Register target, Address from) {
        bytes(0x48 | target.ordinal() >> 3 << 2 | from.base.ordinal() >> 3, 0x8B);
        memory(target.ordinal(), from);
    }

    void add(Register target, Register other) {
        bytes(rex(other, target), 0x01, IN_REGISTERS | (other.ordinal() & 7) << 3 | target.ordinal() & 7);
    }

    void add(Register target, int bytes) {
        bytes(rex(Register.RAX, target), 0x81, IN_REGISTERS | target.ordinal() & 7);
        int32(bytes);
    }

    /** Jumps look at what the last addition gave. */
    enum Condition {
        ZERO(0x84),
        NOT_ZERO(0x85),
        NEGATIVE(0x8C),
        NOT_NEGATIVE(0x8D);

        private final int code;

        Condition(int code) {
            this.code = code;
        }
    }

    /** Jumps back to where {@link #here} was. */
    void jump(Condition condition, int target) {
        bytes(0x0F, condition.code);
        int32(target - (here() + 4));
    }

    /** Jumps to where {@link #land} will be called with what this gives. */
    int jump(Condition condition) {
        jump(condition, 0);
        return here();
    }

    void land(int jump) {
        int end = size;
        size = jump - 4;
        int32(end - jump);
        size = end;
    }

    void returnToCaller() {
        bytes(0xC3);
    }

    private static int rex(Register register, Register base) {
        return 0x48 | register.ordinal() >> 3 << 2 | base.ordinal() >> 3;
    }

    private void vex(int map, int prefix, int target, int first, Address memory) {
        int index = memory.index == null ? 0 : memory.index.ordinal();
        vex(map, prefix, target, first, index, memory.base.ordinal());
    }

    /** The prefix of an instruction of 256 bits; it holds the fourth bits of the registers' numbers, inverted. */
    private void vex(int map, int prefix, int target, int first, int index, int base) {
        int high = (target >> 3 ^ 1) << 7 | (index >> 3 ^ 1) << 6 | (base >> 3 ^ 1) << 5;
        bytes(0xC4, high | map, (first ^ 15) << 3 | 1 << 2 | prefix);
    }

    /** ModRM, SIB where there is an index, and a displacement of 8 or 32 bits. */
    private void memory(int register, Address address) {
        int base = address.base.ordinal() & 7;
        if (base == 4) throw new IllegalArgumentException("no base " + address.base + " here");
        boolean isShort = address.displacement == (byte) address.displacement;
        int field = (isShort ? 0b01_000_000 : 0b10_000_000) | (register & 7) << 3;
        if (address.index == null) {
            bytes(field | base);
        } else {
            int scale = Integer.numberOfTrailingZeros(address.scale);
            bytes(field | 4, scale << 6 | (address.index.ordinal() & 7) << 3 | base);
        }
        if (isShort) {
            bytes(address.displacement);
        } else {
            int32(address.displacement);
        }
    }

    private void bytes(int... values) {
        if (size + values.length > code.length) code = Arrays.copyOf(code, 2 * code.length);
        for (int value : values) {
            code[size++] = (byte) value;
        }
    }

    private void int32(int value) {
        bytes(value, value >> 8, value >> 16, value >> 24);
    }
}
