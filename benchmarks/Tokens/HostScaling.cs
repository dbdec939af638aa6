using System.Diagnostics;

namespace Platform.Benchmarks;

/// <summary>
/// How much faster several threads are than one where nothing but the processor is used: pure arithmetic, divided and
/// taken as the measured work is. On a machine whose cores others use too no program can do better.
/// </summary>
/// <param name="threads">Threads beside one.</param>
/// <param name="seconds">What one thread is to take, about as long as the measured work.</param>
internal sealed class HostScaling(int threads, double seconds)
{
    private const int Parts = 128;

    private readonly long _steps = (long)(seconds / Parts * StepsPerSecond());
    private readonly List<double> _one = [];
    private readonly List<double> _several = [];

    /// <summary>Does the arithmetic on one thread and answers the seconds.</summary>
    public double One() => Run(1, _one);

    /// <summary>Does it on all threads and answers the seconds.</summary>
    public double Several() => Run(threads, _several);

    /// <summary>Seconds on one thread ÷ seconds on all, the median of the runs in turn.</summary>
    public double Speedup() =>
        Statistics.Median([.. _one.Zip(_several, (one, several) => one / several)]);

    private double Run(int count, List<double> taken)
    {
        var start = Stopwatch.GetTimestamp();
        var next = -1;
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = count }, _ =>
        {
            while (Interlocked.Increment(ref next) < Parts)
                Calculate(_steps);
        });
        taken.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        return taken[^1];
    }

    private static double StepsPerSecond()
    {
        const long steps = 10_000_000;
        for (var i = 0; i < 5; i++)
            Calculate(steps);
        var start = Stopwatch.GetTimestamp();
        Calculate(steps);
        return steps / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Four xorshifts side by side, which keep the units of a core busy: two threads that share a core's show it.
    private static void Calculate(long steps)
    {
        var (a, b, c, d) = (88172645463325252UL, 1UL, 2UL, 3UL);
        for (var i = 0L; i < steps; i++)
        {
            a = Next(a);
            b = Next(b);
            c = Next(c);
            d = Next(d);
        }

        if ((a | b | c | d) == 0)
            throw new UnreachableException("An xorshift never comes to zero.");
    }

    private static ulong Next(ulong state)
    {
        state ^= state << 13;
        state ^= state >> 7;
        return state ^ state << 17;
    }
}
