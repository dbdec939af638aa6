namespace Platform.Datasets;

/// <summary>
/// Random numbers as a function of a key and a counter (SplitMix64, Steele, Lea and Flood 2014): the n-th draw can be
/// had without the ones before it, and is the same on every machine and in every version of .NET.
/// </summary>
public static class CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Scrambles 64 bits one to one.</summary>
    public static ulong Mix(ulong value)
    {
        value += Golden;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>The counter's 64 bits under a key: SplitMix64's stream of that seed. Keys should be
    /// scrambled.</summary>
    public static ulong Bits(ulong key, ulong counter) => Mix(key + counter * Golden);

    /// <summary>A whole number from 0 to limit − 1; its bias is below limit / 2^64.</summary>
    public static ulong Below(ulong limit, ulong key, ulong counter) => Math.BigMul(Bits(key, counter), limit, out _);

    /// <summary>A number in [0, 1).</summary>
    public static double Unit(ulong key, ulong counter) => (Bits(key, counter) >> 11) * (1.0 / (1UL << 53));
}
