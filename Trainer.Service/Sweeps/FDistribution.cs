namespace Platform.TrainerHost.Sweeps;

/// <summary>Fisher's F: how likely a ratio of variances is by chance.</summary>
internal static class FDistribution
{
    private const double Tiny = 1e-300;
    private const double Precision = 1e-12;
    private const int MaxTerms = 10_000;

    /// <summary>The probability of a ratio of at least <paramref name="f"/>.</summary>
    /// <param name="f">The ratio, at least 0; may be infinite.</param>
    /// <param name="upper">Degrees of freedom of the variance above, at least 1.</param>
    /// <param name="lower">Degrees of freedom of the variance below, at least 1.</param>
    public static double UpperTail(double f, int upper, int lower) =>
        double.IsPositiveInfinity(f) ? 0 : IncompleteBeta(lower / 2.0, upper / 2.0, lower / (lower + (upper * f)));

    // The regularized incomplete beta function I_x(a, b) (DLMF 8.17). Its continued fraction (8.17.22) converges fast
    // below the mean; above it I_x(a, b) = 1 − I_{1−x}(b, a).
    private static double IncompleteBeta(double a, double b, double x)
    {
        if (x <= 0)
            return 0;
        if (x >= 1)
            return 1;
        if (x > (a + 1) / (a + b + 2))
            return 1 - IncompleteBeta(b, a, 1 - x);
        var logarithm = (a * Math.Log(x)) + (b * Math.Log(1 - x))
            + LogGamma(a + b) - LogGamma(a) - LogGamma(b) - Math.Log(a);
        return Math.Exp(logarithm) / Fraction(a, b, x);
    }

    // 1 + d1/(1 + d2/(1 + …)) by Lentz' method: numerator and denominator of the convergents as running ratios.
    private static double Fraction(double a, double b, double x)
    {
        double value = 1, above = 1, below = 0;
        for (var term = 1; term <= MaxTerms; term++)
        {
            var m = term / 2;
            var d = term % 2 == 0
                ? m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)))
                : -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            above = NotZero(1 + (d / above));
            below = 1 / NotZero(1 + (d * below));
            value *= above * below;
            if (Math.Abs((above * below) - 1) < Precision)
                break;
        }

        return value;

        static double NotZero(double number) => Math.Abs(number) < Tiny ? Tiny : number;
    }

    // ln Γ(x) by Stirling's series (DLMF 5.11.1), for which x is first raised:
    // Γ(x) = Γ(x + n) / (x (x + 1) … (x + n − 1)).
    private static double LogGamma(double x)
    {
        var lowered = 0.0;
        for (; x < 12; x++)
            lowered += Math.Log(x);
        var square = 1 / (x * x);
        var series = ((((-691.0 / 360_360) * square) + (1.0 / 1188)) * square) - (1.0 / 1680);
        series = (series * square) + (1.0 / 1260);
        series = ((((series * square) - (1.0 / 360)) * square) + (1.0 / 12)) / x;
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + series - lowered;
    }
}
