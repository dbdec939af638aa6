using static Platform.Modeling.Tests.Reference;
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
            snapshot.Read(tensors[0], value => read[0] = Values(value));
            snapshot.Read(tensors[1], value =>
            {
                isReading.Set();
                mayGoOn.Wait(TestContext.Current.CancellationToken);
                read[1] = Values(value);
            });
            for (var i = 2; i < 4; i++)
                snapshot.Read(tensors[i], value => read[i] = Values(value));
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
        snapshot.Read(tensor, value => Assert.Equal(10, value.numel()));

        snapshot.Release();

        Assert.Equal(0, snapshot.CopiedBytes);
    }
}
