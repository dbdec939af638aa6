namespace Platform.Modeling;

/// <summary>Random numbers as a function of a seed and a counter, so that no state travels between draws.</summary>
internal static class CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15; // SplitMix64's increment

    /// <summary>Uniform in [0, 1), with 53 random bits.</summary>
    public static double Uniform(long seed, long counter) =>
        (Mix(Mix((ulong)seed + Golden) + ((ulong)counter * Golden)) >> 11) * (1.0 / (1UL << 53));

    // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
