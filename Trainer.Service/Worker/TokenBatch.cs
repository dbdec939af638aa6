using System.Runtime.InteropServices;
using Platform.Datasets.Batches;
using Platform.Datasets.Shards;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// The two tensors that batches are read into, made once: reading a batch allocates nothing on the CPU.
/// </summary>
internal sealed class TokenBatch : IDisposable
{
    private readonly int _vocabSize;
    private readonly Device _device;
    private readonly Tensor _inputs; // (B·T) int64, CPU
    private readonly Tensor _targets; // (B·T) int64, CPU

    /// <summary>Makes room for B × T tokens.</summary>
    /// <param name="tokens">B·T.</param>
    /// <param name="vocabSize">Ids must be below it.</param>
    /// <param name="device">Where batches are wanted.</param>
    public TokenBatch(int tokens, int vocabSize, Device device)
    {
        _vocabSize = vocabSize;
        _device = device;
        _inputs = zeros(tokens, dtype: ScalarType.Int64).DetachFromDisposeScope();
        _targets = zeros(tokens, dtype: ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>Reads the next training batch; the tensors belong to the caller's dispose scope and hold until the
    /// next read.</summary>
    public (Tensor Inputs, Tensor Targets) Next(IBatchLoader loader) // (B, T), (B, T)
    {
        var inputs = TokensOf(_inputs);
        var targets = TokensOf(_targets);
        loader.Next(inputs, targets);
        CheckRange(inputs);
        CheckRange(targets);
        var (rows, columns) = (loader.Shape.Rows, loader.Shape.Columns);
        return (View(_inputs, rows, columns), View(_targets, rows, columns));
    }

    /// <summary>Reads a validation batch, which may be smaller than the others.</summary>
    public (Tensor Inputs, Tensor Targets) Read(ValidationBatches batches, ValidationBatch batch) // (B, T), (B, T)
    {
        var inputs = TokensOf(_inputs)[..batch.Tokens];
        var targets = TokensOf(_targets)[..batch.Tokens];
        batches.Read(batch, inputs, targets);
        CheckRange(inputs);
        CheckRange(targets);
        return (View(_inputs, batch.Rows, batch.Columns), View(_targets, batch.Rows, batch.Columns));
    }

    /// <summary>The sum of a table's values at the targets of the last batch that count in the loss.</summary>
    /// <param name="tokens">How many targets it has.</param>
    /// <param name="values">By token id.</param>
    public long CountTargets(int tokens, int[] values)
    {
        var sum = 0L;
        foreach (var target in TokensOf(_targets)[..tokens])
            sum += target == TokenShard.Ignored ? 0 : values[target];
        return sum;
    }

    /// <summary>How many targets of the last batch count in the loss.</summary>
    /// <param name="tokens">How many it has.</param>
    public long CountTargets(int tokens) => tokens - TokensOf(_targets)[..tokens].Count(TokenShard.Ignored);

    /// <inheritdoc/>
    public void Dispose()
    {
        _inputs.Dispose();
        _targets.Dispose();
    }

    private Tensor View(Tensor tokens, int rows, int columns) // (B·T) → (B, T)
    {
        var view = tokens.narrow(0, 0, rows * columns).view(rows, columns);
        return _device.type == DeviceType.CPU ? view : view.to(_device);
    }

    private static Span<long> TokensOf(Tensor tensor) => MemoryMarshal.Cast<byte, long>(tensor.bytes);

    // An id beyond the vocabulary would read another token's row or, on CUDA, end the process.
    private void CheckRange(ReadOnlySpan<long> tokens)
    {
        var limit = (ulong)_vocabSize;
        foreach (var token in tokens)
        {
            if ((ulong)token >= limit && token != TokenShard.Ignored)
            {
                throw new TrainingException(
                    FailureReasons.TokenOutOfRange,
                    $"The data set holds the token id {token}, but the model's vocabulary has {limit} ids (0 to "
                    + $"{limit - 1}). The data set was made with another tokenizer, or a shard is damaged.");
            }
        }
    }
}
