package dvdquant.tensor;

/**
 * What a device computes in, and how: what defaults, plans and people go by.
 *
 * @param instructions that its products are made of, such as "AVX2"
 * @param vectorBits of the vectors that do all else; 0 on a device that has none
 * @param bf16 how products of BF16 are made
 * @param int8 how products of 8-bit integers are
 */
public record Abilities(String instructions, int vectorBits, Products bf16, Products int8) {
    /**
     * How products of a type are made; they are right, whichever way.
     *
     * @param own whether there are instructions for them; else others stand in, and the type saves memory, not time
     * @param how for people
     */
    public record Products(boolean own, String how) {}

    /** {@return all of it in a line, for people and manifests} */
    public String text() {
        return instructions + (vectorBits == 0 ? "" : ", vectors of " + vectorBits + " bits") + "; bf16 by " + bf16.how
                + "; 8-bit integers by " + int8.how;
    }
}
