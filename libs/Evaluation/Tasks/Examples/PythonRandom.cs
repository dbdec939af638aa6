using System.Numerics;

namespace Platform.Evals;

/// <summary>
/// Python's <c>random.Random</c> (the Mersenne Twister MT19937, Matsumoto and Nishimura 1998) as far as
/// <c>sample</c> needs it, so that examples are those that lm-evaluation-harness draws.
/// </summary>
internal sealed class PythonRandom
{
    private const int N = 624;
    private const int M = 397;

    private readonly uint[] _state = new uint[N];
    private int _next = N;

    /// <summary>Seeds as <c>Random(seed)</c> does with a whole number: by the words of its absolute value.</summary>
    public PythonRandom(long seed)
    {
        var value = (ulong)Math.Abs((decimal)seed);
        uint[] key = value >> 32 == 0 ? [(uint)value] : [(uint)value, (uint)(value >> 32)];
        Fill(19650218);
        var (i, j) = (1, 0);
        for (var k = Math.Max(N, key.Length); k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1664525)) + key[j] + (uint)j;
            (i, j) = (Advance(i), (j + 1) % key.Length);
        }

        for (var k = N - 1; k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            i = Advance(i);
        }

        _state[0] = 0x80000000;
    }

    /// <summary><c>sample(range(n), k)</c>.</summary>
    public int[] Sample(int n, int k)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, n);
        var chosen = new int[k];
        // A pool where it is smaller than a set of the chosen would be.
        var setSize = 21 + (k > 5 ? (int)Math.Pow(4, Math.Ceiling(Math.Log(k * 3, 4))) : 0);
        if (n <= setSize)
        {
            int[] pool = [.. Enumerable.Range(0, n)];
            for (var i = 0; i < k; i++)
            {
                var j = Below(n - i);
                chosen[i] = pool[j];
                pool[j] = pool[n - i - 1];
            }

            return chosen;
        }

        var seen = new HashSet<int>();
        for (var i = 0; i < k; i++)
        {
            var j = Below(n);
            while (!seen.Add(j))
                j = Below(n);
            chosen[i] = j;
        }

        return chosen;
    }

    private int Below(int n)
    {
        var bits = 32 - BitOperations.LeadingZeroCount((uint)n);
        uint value;
        do
        {
            value = Next() >> (32 - bits);
        }
        while (value >= n);
        return (int)value;
    }

    private void Fill(uint seed)
    {
        _state[0] = seed;
        for (var i = 1u; i < N; i++)
            _state[i] = (1812433253 * (_state[i - 1] ^ (_state[i - 1] >> 30))) + i;
    }

    private int Advance(int i)
    {
        if (++i < N)
            return i;
        _state[0] = _state[N - 1];
        return 1;
    }

    private uint Next()
    {
        if (_next == N)
        {
            for (var i = 0; i < N; i++)
            {
                var y = (_state[i] & 0x80000000) | (_state[(i + 1) % N] & 0x7fffffff);
                _state[i] = _state[(i + M) % N] ^ (y >> 1) ^ ((y & 1) * 0x9908b0df);
            }

            _next = 0;
        }

        var x = _state[_next++];
        x ^= x >> 11;
        x ^= (x << 7) & 0x9d2c5680;
        x ^= (x << 15) & 0xefc60000;
        return x ^ (x >> 18);
    }
}
