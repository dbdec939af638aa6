using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>Tensors that are read by one thread while another changes them.</summary>
public sealed class TensorSnapshotTests
{
    [Fact]
    public void Read_TensorsChangeMeanwhile_GivesTheValuesOfBefore()
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 4).Select(i => ones(1000).TimesInPlace(i)).ToList();
        using var snapshot = new TensorSnapshot(tensors);
        using var isReading = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var read = new float[4][];
        var writer = new Thread(() =>
        {
            // Written before anything changes; being written when it is to; and two that are written afterwards.
            snapshot.Read(tensors[0], value => read[0] = Floats(value));
            snapshot.Read(tensors[1], value =>
            {
                isReading.Set();
                mayGoOn.Wait(TestContext.Current.CancellationToken);
                read[1] = Floats(value);
            });
            for (var i = 2; i < 4; i++)
                snapshot.Read(tensors[i], value => read[i] = Floats(value));
        });
        writer.Start();
        isReading.Wait(TestContext.Current.CancellationToken);
        var trainer = new Thread(() =>
        {
            snapshot.Release();
            using var noGrad = no_grad();
            tensors.ForEach(tensor => tensor.FillInPlace(-1));
        });
        trainer.Start();
        // The tensor that is being read must not change: the update waits for it.
        Assert.False(trainer.Join(TimeSpan.FromMilliseconds(50)));
        Assert.Equal(1f, tensors[1][0].item<float>());

        mayGoOn.Set();
        trainer.Join();
        writer.Join();

        for (var i = 0; i < 4; i++)
        {
            Assert.All(read[i], value => Assert.Equal(i, value));
            Assert.Equal(-1f, tensors[i][999].item<float>());
        }

        Assert.Equal(2 * 1000 * sizeof(float), snapshot.CopiedBytes);
    }

    [Fact]
    public void Release_EverythingRead_CopiesNothing()
    {
        using var scope = NewDisposeScope();
        var tensor = ones(10);
        using var snapshot = new TensorSnapshot([tensor]);
        snapshot.Read(tensor, value => Assert.Equal(10 * sizeof(float), value.Length));

        snapshot.Release();

        Assert.Equal(0, snapshot.CopiedBytes);
    }

    [Fact]
    public void Read_AfterRelease_GivesEveryTensorsElementsInOrder()
    {
        using var scope = NewDisposeScope();
        // Sizes that end within a cache line, a transposed one, and one that is longer than a huge page.
        var tensors = Enumerable.Range(1, 40).Select(Rising)
            .Append(Rising(6).reshape(2, 3).t())
            .Append(Rising(600_000))
            .ToList();
        using var snapshot = new TensorSnapshot(tensors);

        snapshot.Release();
        tensors.ForEach(tensor => tensor.FillInPlace(-1));

        for (var i = 0; i < tensors.Count; i++)
        {
            float[] transposed = [0, 3, 1, 4, 2, 5];
            var values = i == 40 ? transposed : Enumerable.Range(0, (int)tensors[i].numel()).Select(n => (float)n);
            snapshot.Read(tensors[i], bytes => Assert.Equal(values, Floats(bytes)));
        }
    }

    private static Tensor Rising(int size) => tensor(Enumerable.Range(0, size).Select(n => (float)n).ToArray());

    private static float[] Floats(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
