using System.Text;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

public sealed class SafetensorsTests
{
    [Fact]
    public void WriteAndOpen_SeveralTypes_AreTheSame()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var path = folder["x.safetensors"];
        var a = TensorNumbers.CountingTo(6, CPU).to(ScalarType.Float32).view(2, 3);
        var b = TensorNumbers.CountingTo(5, CPU);
        var c = tensor(1.5f).to(ScalarType.BFloat16);
        SafetensorsWriter.Write(path, [("a", a.t()), ("b", b), ("c", c)], new Dictionary<string, string>
        {
            ["k"] = "v",
        });
        using var file = SafetensorsFile.Open(path);
        Assert.Equal("v", file.Metadata["k"]);
        Assert.Equal(3, file.Tensors.Count);
        Assert.Equal([3, 2], file.Tensors["a"].Shape);
        Assert.Equal(0, file.Tensors["a"].Offset % 8);
        Assert.True(file.Read("a").equal(a.t()).all().item<bool>());
        Assert.Equal(ScalarType.Int64, file.Read("b").dtype);
        Assert.Empty(file.Tensors["c"].Shape);
        var target = zeros([]);
        file.CopyTo("c", target);
        Assert.Equal(1.5f, target.item<float>());
        Assert.Throws<InvalidDataException>(() => file.CopyTo("a", zeros(2, 3)));
        Assert.Throws<InvalidDataException>(() => file.Read("missing"));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(40)]
    [InlineData(-4)]
    public void Open_TruncatedFile_IsRefused(int length)
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var path = folder["x.safetensors"];
        SafetensorsWriter.Write(path, [("a", ones(4, 4))]);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(length < 0 ? bytes.Length + length : length)]);
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"X","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("""{"a":{"shape":[1]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,0]}}""")]
    [InlineData("not json at all")]
    public void Open_WrongHeader_IsRefused(string header)
    {
        using var folder = new TempFolder();
        var path = folder["x.safetensors"];
        byte[] text = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)text.Length), .. text, 0, 0, 0, 0]);
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
    }
}
