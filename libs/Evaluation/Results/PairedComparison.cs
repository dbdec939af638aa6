namespace Platform.Evals;

/// <summary>Two evaluations of the same items, by which of them have each item right.</summary>
/// <param name="BothRight">Right in both.</param>
/// <param name="Gained">Wrong in the first, right in the second.</param>
/// <param name="Lost">Right in the first, wrong in the second.</param>
/// <param name="BothWrong">Wrong in both.</param>
public sealed record PairedComparison(int BothRight, int Gained, int Lost, int BothWrong)
{
    private const double Normal975 = 1.959963984540054;

    /// <summary>Items.</summary>
    public int Count => BothRight + Gained + Lost + BothWrong;

    /// <summary>The first's accuracy.</summary>
    public double First => (double)(BothRight + Lost) / Math.Max(1, Count);

    /// <summary>The second's accuracy.</summary>
    public double Second => (double)(BothRight + Gained) / Math.Max(1, Count);

    /// <summary>The second's accuracy less the first's.</summary>
    public double Difference => (double)(Gained - Lost) / Math.Max(1, Count);

    /// <summary>The sample standard deviation of the items' differences / √count.</summary>
    public double StandardError => Count < 2
        ? 0
        : Math.Sqrt(Math.Max(0, Gained + Lost - (Count * Difference * Difference)) / (Count - 1) / Count);

    /// <summary>The difference's 95 % interval.</summary>
    public (double Low, double High) Interval =>
        (Difference - (Normal975 * StandardError), Difference + (Normal975 * StandardError));

    /// <summary>
    /// McNemar's test, two-sided and exact: twice the smaller tail of Binomial(flips, ½), at most 1.
    /// </summary>
    public double PValue
    {
        get
        {
            // Summed upwards from 2⁻ⁿ, in logarithms since that is 0 for many flips.
            var n = Gained + Lost;
            var logTerm = -n * Math.Log(2);
            var tail = 0.0;
            for (var k = 0; k <= Math.Min(Gained, Lost); k++)
            {
                tail += Math.Exp(logTerm);
                logTerm += Math.Log((double)(n - k) / (k + 1));
            }

            return Math.Min(1, 2 * tail);
        }
    }
}
