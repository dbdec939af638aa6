using System.Diagnostics;
using System.Globalization;

namespace Platform.Trainer.Service.Tests.Ranks;

/// <summary>
/// A NCCL that needs no card, in place of the real one: fake_nccl.c, which exchanges truly and writes down what it is
/// asked for. It shows the calls, not that a card would take them.
/// </summary>
internal sealed class FakeNccl : IDisposable
{
    private readonly TempFolder _folder = new();

    private FakeNccl()
    {
    }

    /// <summary>What a rank's environment needs for it.</summary>
    public Dictionary<string, string?> Environment => new()
    {
        ["PLATFORM_COLLECTIVES"] = "nccl",
        ["LD_LIBRARY_PATH"] = _folder.Path,
        ["FAKE_NCCL_CALLS"] = _folder.Path,
    };

    /// <summary>Builds it; skips the calling test where there is no compiler.</summary>
    public static FakeNccl Build()
    {
        RankRun.Require("gcc", "gcc");
        var fake = new FakeNccl();
        var source = Path.Combine(
            RepositoryRoot.Path, "tests", "Trainer.Service.Tests", "Ranks", "fake_nccl.c");
        string[] arguments =
        [
            "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC",
            "-o", fake._folder["libnccl.so.2"], source, "-lpthread", "-lrt",
        ];
        using var compiler = Process.Start(new ProcessStartInfo("gcc", arguments) { RedirectStandardError = true })!;
        var complaints = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, complaints);
        return fake;
    }

    /// <summary>The calls of each process, by its rank.</summary>
    public IReadOnlyList<NcclCalls> Calls() =>
    [
        .. Directory.GetFiles(_folder.Path, "calls-*").Select(file => new NcclCalls(File.ReadAllLines(file)))
            .OrderBy(calls => calls.Rank),
    ];

    public void Dispose() => _folder.Dispose();
}

/// <summary>A call that moves numbers.</summary>
/// <param name="Function">ncclAllReduce or ncclBroadcast.</param>
/// <param name="From">Address of what is sent.</param>
/// <param name="To">Address of what comes back.</param>
/// <param name="Count">Numbers.</param>
/// <param name="Type">ncclDataType_t.</param>
/// <param name="Argument">The operation or the root.</param>
/// <param name="Communicator">Whose ranks.</param>
/// <param name="Stream">A CUDA stream.</param>
internal sealed record NcclMove(
    string Function, string From, string To, long Count, int Type, int Argument, string Communicator, string Stream)
{
    public const int Float32 = 7;
    public const int Float64 = 8;

    /// <summary>What all ranks must ask for alike: everything but their own addresses.</summary>
    public (string Function, long Count, int Type, int Argument) Shape => (Function, Count, Type, Argument);

    public long Begin => long.Parse(From.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public long End => Begin + (Count * (Type == Float64 ? sizeof(double) : sizeof(float)));
}

/// <summary>What one process asked NCCL for, in order.</summary>
/// <param name="lines">As the fake wrote them.</param>
internal sealed class NcclCalls(IReadOnlyList<string> lines)
{
    private const string Joined = "ncclCommInitRank ";

    public IReadOnlyList<string> Lines => lines;

    /// <summary>The functions' names in order.</summary>
    public IEnumerable<string> Functions =>
        lines.Select(line => line.Split(' ')[0]).Where(word => word != "communicator");

    /// <summary>Of <c>ncclCommInitRank</c>: the id, this rank, all of them.</summary>
    public (string Id, int Rank, int World) Join
    {
        get
        {
            var words = lines.Single(line => line.StartsWith(Joined, StringComparison.Ordinal)).Split(' ');
            return (words[1], int.Parse(words[3], null), int.Parse(words[5], null));
        }
    }

    public int Rank => Join.Rank;

    public string Communicator =>
        lines.Single(line => line.StartsWith("communicator ", StringComparison.Ordinal)).Split(' ')[1];

    /// <summary>What moved numbers, group by group; a call outside of a group fails the test.</summary>
    public List<List<NcclMove>> Groups()
    {
        var groups = new List<List<NcclMove>>();
        List<NcclMove>? open = null;
        foreach (var words in lines.Select(line => line.Split(' ')))
        {
            switch (words[0])
            {
                case "ncclGroupStart":
                    Assert.Null(open);
                    open = [];
                    break;
                case "ncclGroupEnd":
                    groups.Add(open!);
                    open = null;
                    break;
                case "ncclAllReduce" or "ncclBroadcast":
                    Assert.NotNull(open);
                    open.Add(new NcclMove(
                        words[0],
                        words[1],
                        words[2],
                        long.Parse(words[3], null),
                        int.Parse(words[4], null),
                        int.Parse(words[5], null),
                        words[6],
                        words[7]));
                    break;
            }
        }

        Assert.Null(open);
        return groups;
    }
}
