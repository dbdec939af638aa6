using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>
/// Guards a crash that ended training runs at random, and could have changed a number without a word: a collection
/// during a native call freed the number that the call was reading.
/// </summary>
public sealed class TensorNumbersTests
{
    private const int Calls = 10_000;

    [Fact]
    public async Task Arithmetic_WhileGarbageIsCollectedAllTheTime_HasTheRightNumbers()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var collecting = Task.Run(() => Collect(end.Token), TestContext.Current.CancellationToken);
        using var x = TensorNumbers.CountingTo(1, CPU).FillInPlace(1).to(ScalarType.Float32);
        using var y = ones(1);
        using var mask = ones(1, dtype: ScalarType.Bool);

        for (var i = 0; i < Calls; i++)
        {
            using var scope = NewDisposeScope();
            Assert.Equal(2f, x.Plus(y).item<float>());
            Assert.Equal(1.25f, x.clone().AddInPlace(y, 0.25).item<float>());
            Assert.Equal(3f, x.Times(3).item<float>());
            Assert.Equal(0.125f, x.clone().OverInPlace(8).item<float>());
            Assert.Equal(7f, x.MaskedWith(mask, 7).item<float>());
        }

        await end.CancelAsync();
        await collecting;
    }

    [Fact]
    public void BannedSymbols_OfTorchSharp_AreNamedAsTheyAre()
    {
        // A misspelt name, or one that a newer TorchSharp has no more, would ban nothing.
        var names = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "BannedSymbols.txt"))
            .Select(line => line.Split(';')[0]).Where(line => line.Length > 0).ToList();

        var known = new[] { typeof(Scalar), typeof(Tensor), typeof(TensorExtensionMethods) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance))
            .Select(DocumentationName).ToHashSet();

        Assert.NotEmpty(names);
        Assert.Empty(names.Except(known));
    }

    private static void Collect(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            GC.Collect(0);
            GC.WaitForPendingFinalizers();
        }
    }

    // "M:TorchSharp.torch.Tensor.add(TorchSharp.torch.Tensor)"; a conversion has "~" and its result behind it.
    private static string DocumentationName(MethodInfo method)
    {
        var parameters = string.Join(',', method.GetParameters().Select(parameter => Name(parameter.ParameterType)));
        var converts = method.Name is "op_Implicit" or "op_Explicit";
        return $"M:{Name(method.DeclaringType!)}.{method.Name}{(parameters.Length > 0 ? $"({parameters})" : "")}"
            + (converts ? $"~{Name(method.ReturnType)}" : "");
    }

    private static string Name(Type type) => (type.FullName ?? type.Name).Replace('+', '.');
}
