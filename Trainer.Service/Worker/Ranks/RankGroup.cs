using Platform.Collectives;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker.Ranks;

/// <summary>
/// The ranks that train one model, each on its share of every step. All of them call the same methods in the same
/// order. Alone, a rank exchanges nothing.
/// </summary>
internal sealed class RankGroup(ICommunicator communicator) : IDisposable
{
    private Tensor? _figures;
    private Device? _device;

    /// <summary>One process that trains by itself.</summary>
    public static RankGroup Alone { get; } = new(new SingleProcess());

    /// <summary>This process, from 0.</summary>
    public int Rank => communicator.Rank;

    /// <summary>Processes in all.</summary>
    public int World => communicator.World;

    /// <summary>Whether this one writes what the run leaves behind.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>What does the exchange, for people.</summary>
    public string Name => communicator.Name;

    /// <summary>Where gradients lie, and so what is exchanged.</summary>
    public void Use(Device device) => _device = device;

    /// <summary>Adds the figures of all ranks up, in the place of each one's own.</summary>
    public void Sum(Span<double> figures)
    {
        if (World == 1)
            return;
        using var noGrad = no_grad();
        if (_figures is null || _figures.NumberOfElements != figures.Length)
        {
            _figures?.Dispose();
            _figures = zeros(figures.Length, ScalarType.Float64, _device).DetachFromDisposeScope();
        }

        using (var values = tensor(figures.ToArray(), ScalarType.Float64))
            _figures.copy_(values);
        communicator.AllReduceSum([BufferOf(_figures)]);
        using var sums = _figures.cpu();
        sums.data<double>().CopyTo(figures);
    }

    /// <summary>Whether any rank says so.</summary>
    public bool Any(bool flag)
    {
        if (World == 1)
            return flag;
        double[] figures = [flag ? 1 : 0];
        Sum(figures);
        return figures[0] > 0;
    }

    /// <summary>Adds the gradients of all ranks up, in the place of each one's own.</summary>
    public void SumGradients(ParameterSelection selection)
    {
        if (World == 1)
            return;
        using var scope = NewDisposeScope();
        communicator.AllReduceSum([.. selection.Gradients().Select(BufferOf)]);
    }

    /// <summary>Gives all ranks rank 0's numbers, so that they begin alike whatever machine they are on.</summary>
    public void Share(IEnumerable<Tensor> tensors)
    {
        if (World > 1)
            communicator.Broadcast([.. tensors.Select(BufferOf)]);
    }

    /// <summary>Waits until all ranks are here.</summary>
    public void Barrier() => Any(false);

    /// <summary>Ends all ranks: this one cannot go on.</summary>
    public void Abort(int exitCode) => communicator.Abort(exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        _figures?.Dispose();
        communicator.Dispose();
    }

    private static DeviceBuffer BufferOf(Tensor tensor)
    {
        var type = tensor.dtype == ScalarType.Float64 ? ElementType.Float64 : ElementType.Float32;
        return new DeviceBuffer(TensorMemory.AddressOf(tensor), tensor.NumberOfElements, type);
    }
}
