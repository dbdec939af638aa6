using Platform.Modeling.Build;

namespace Platform.Modeling.Tests;

public sealed class LibtorchTests
{
    [Fact]
    public void MakeWeak_Bridge_ChangesThatFlagAlone()
    {
        var original = PackagedBridge();
        var before = File.ReadAllBytes(original);
        var image = (byte[])before.Clone();
        var flags = ElfSymbolVersion.FindFlagsOffset(image, ElfSymbolVersion.Version);
        Assert.True(flags > 0);
        Assert.Equal(0x0297f842u, BitConverter.ToUInt32(image, (int)flags - 4)); // the hash of GLIBCXX_3.4.32
        Assert.True(ElfSymbolVersion.MakeWeak(image, ElfSymbolVersion.Version));
        var different = Enumerable.Range(0, before.Length).Where(i => before[i] != image[i]).ToList();
        Assert.Equal([(int)flags], different);
        Assert.Equal(before[flags] | 0x2, image[flags]);
        Assert.False(ElfSymbolVersion.MakeWeak(image, "GLIBCXX_9.9.99"));
    }

    [Fact]
    public void SharedFolder_Bridge_IsACopyThatLoads()
    {
        Libtorch.EnsureLoaded();
        Assert.True(Libtorch.IsLoaded);
        var ours = File.ReadAllBytes(Path.Combine(Libtorch.FindFolder(), "libLibTorchSharp.so"));
        var packaged = File.ReadAllBytes(PackagedBridge());
        var flags = ElfSymbolVersion.FindFlagsOffset(packaged, ElfSymbolVersion.Version);
        Assert.Equal(0, packaged[flags] & 0x2); // the package's own file is as it was
        ours[flags] = packaged[flags];
        Assert.Equal(packaged, ours);
    }

    [Fact]
    public void Defines_Version_IsFoundAsAWholeWord()
    {
        Assert.True(ElfSymbolVersion.Defines("..GLIBCXX_3.4.3\0.."u8.ToArray(), "GLIBCXX_3.4.3"));
        Assert.False(ElfSymbolVersion.Defines("..GLIBCXX_3.4.32\0.."u8.ToArray(), "GLIBCXX_3.4.3"));
    }

    [Fact]
    public void FindFlagsOffset_NoLibrary_IsRefused() =>
        Assert.Throws<InvalidDataException>(() => ElfSymbolVersion.FindFlagsOffset(new byte[100], "x"));

    [Fact]
    public void Output_OfThisProject_HasNoNativeLibraries()
    {
        var files = Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, file => Path.GetFileName(file).Contains("libtorch", StringComparison.Ordinal));
    }

    [Fact]
    public void Choose_Device_KnowsAutoAndRefusesOthers()
    {
        Assert.Equal(ComputeDevice.List()[0], ComputeDevice.Choose("auto").ToString());
        Assert.Equal("cpu", ComputeDevice.Choose("cpu").ToString());
        var error = Assert.Throws<ArgumentException>(() => ComputeDevice.Choose("cuda:99"));
        Assert.Contains("auto", error.Message, StringComparison.Ordinal);
        Assert.True(ComputeDevice.Threads >= 1);
    }

    [Fact]
    public void Apply_MallocSettings_AreTakenOnGlibc() =>
        Assert.Equal(OperatingSystem.IsLinux() && !File.Exists("/lib/ld-musl-x86_64.so.1"), MemoryTuning.Apply());

    private static string PackagedBridge()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var version = Path.GetFileName(Libtorch.FindFolder()).Split("-torchsharp-")[1];
        var path = Path.Combine(packages, "torchsharp", version, "runtimes/linux-x64/native/libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(path), $"Needs {path}: Linux, and TorchSharp's package.");
        return path;
    }
}
