using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Sums over rows: one row of partial sums a thread, added up at the end in a fixed order.</summary>
internal sealed unsafe class ColumnSums : IDisposable
{
    private readonly int _width;
    private readonly bool[] _started;
    private readonly Tensor _partial; // (threads, width)
    private readonly float* _values;

    public ColumnSums(int width)
    {
        _width = width;
        _started = new bool[ComputeDevice.Threads];
        _partial = empty(_started.Length, width).DetachFromDisposeScope();
        _values = Kernels.Floats(_partial);
    }

    /// <summary>The thread's row, zeroed.</summary>
    public float* Start(int thread)
    {
        var row = _values + ((long)thread * _width);
        new Span<float>(row, _width).Clear();
        _started[thread] = true;
        return row;
    }

    /// <summary>Sets or adds the sums of the threads that took part.</summary>
    /// <param name="gradient">(width) fp32.</param>
    /// <param name="add">Whether to add to what is there.</param>
    public void Finish(Tensor gradient, bool add)
    {
        var target = Kernels.Floats(gradient);
        for (var i = 0; i < _width; i += Vector512<float>.Count)
        {
            var sum = add ? Vector512.Load(target + i) : Vector512<float>.Zero;
            for (var thread = 0; thread < _started.Length; thread++)
            {
                if (_started[thread])
                    sum += Vector512.Load(_values + ((long)thread * _width) + i);
            }

            sum.Store(target + i);
        }

        Array.Clear(_started);
    }

    /// <summary>Forgets the sums: nobody wants them.</summary>
    public void Drop() => Array.Clear(_started);

    public void Dispose() => _partial.Dispose();
}
