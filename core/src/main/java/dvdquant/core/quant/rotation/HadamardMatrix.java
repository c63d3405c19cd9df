package dvdquant.core.quant.rotation;

/**
 * Hadamard matrices of orders that are no powers of two (12, 20, 28, 36, 108, 140, …), by Paley's two constructions over a prime
 * field: n = q + 1 with q ≡ 3 (mod 4), and n = 2 (q + 1) with q ≡ 1 (mod 4).
 *
 * @see <a href="https://en.wikipedia.org/wiki/Paley_construction">Paley, On orthogonal matrices, 1933</a>
 */
final class HadamardMatrix {
    private HadamardMatrix() {}

    /** Whether one of the constructions gives this order; 1 and 2 too. */
    static boolean exists(int order) {
        return order == 1 || order == 2 || isFirst(order) || isSecond(order);
    }

    private static boolean isFirst(int order) {
        return order % 4 == 0 && isPrime(order - 1);
    }

    private static boolean isSecond(int order) {
        return order % 4 == 0 && order / 2 % 4 == 2 && isPrime(order / 2 - 1);
    }

    private static boolean isPrime(int number) {
        for (int divisor = 2; (long) divisor * divisor <= number; divisor++) {
            if (number % divisor == 0) return false;
        }
        return number > 1;
    }

    /**
     * A matrix H of ±1, [order, order], with H Hᵀ = order · I.
     *
     * @throws IllegalArgumentException if neither construction gives this order
     */
    static byte[][] of(int order) {
        if (order == 1) return new byte[][]{{1}};
        if (order == 2) return new byte[][]{{1, 1}, {1, -1}};
        if (isFirst(order)) return first(order);
        if (isSecond(order)) return second(order);
        throw new IllegalArgumentException("no Paley construction of a Hadamard matrix of order " + order);
    }

    /** I + S, S skew: the Jacobsthal matrix of q, bordered by +1 above and −1 on the left. */
    private static byte[][] first(int order) {
        byte[][] matrix = bordered(order, -1);
        for (int i = 0; i < order; i++) {
            matrix[i][i] = 1;
        }
        return matrix;
    }

    /** The symmetric conference matrix C of q + 1, its ±1 replaced by ±[1 1; 1 −1] and its zeros by [1 −1; −1 −1]. */
    private static byte[][] second(int order) {
        byte[][] conference = bordered(order / 2, 1);
        var matrix = new byte[order][order];
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                int c = conference[i / 2][j / 2];
                int inner = c == 0
                        ? i % 2 == 0 && j % 2 == 0 ? 1 : -1
                        : i % 2 == 1 && j % 2 == 1 ? -c : c;
                matrix[i][j] = (byte) inner;
            }
        }
        return matrix;
    }

    /** Zero diagonal, quadratic character χ(i − j) of the prime q = order − 1 inside, ones above, {@code left} on the left. */
    private static byte[][] bordered(int order, int left) {
        int q = order - 1;
        var isSquare = new boolean[q];
        for (int i = 1; i < q; i++) {
            isSquare[(int) ((long) i * i % q)] = true;
        }
        var matrix = new byte[order][order];
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                if (i == j) continue;
                int value = i == 0 ? 1 : j == 0 ? left : isSquare[Math.floorMod(i - j, q)] ? 1 : -1;
                matrix[i][j] = (byte) value;
            }
        }
        return matrix;
    }
}
