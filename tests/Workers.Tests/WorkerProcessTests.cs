using System.Globalization;

namespace Platform.Workers.Tests;

public sealed class WorkerProcessTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();
    private readonly List<WorkerProcess> _started = [];

    private string Output => _folder["log.txt"];

    public void Dispose()
    {
        foreach (var worker in _started)
            worker.Kill();
        _folder.Dispose();
    }

    [Fact]
    public async Task Start_ProcessEnds_TellsExitCodeAndAppendsBothOutputs()
    {
        File.WriteAllText(Output, "before\n");
        var exit = await ExitOf(Start("echo out; echo err >&2; exit 75"));

        Assert.Equal(75, exit.Code);
        Assert.Equal("ended with exit code 75", exit.Describe());
        Assert.Equal(["before", "out", "err"], File.ReadAllLines(Output));
    }

    [Fact]
    public async Task Start_AnyCommand_HasSessionPriorityInputAndSettingsOfAWorker()
    {
        // The shell's own entry in /proc, so that what is seen is the started process itself.
        const string script = "read _ _ _ _ _ session _ < /proc/$$/stat; echo $$ $session; nice; cat; "
            + "echo $MALLOC_TOP_PAD_ $MALLOC_MMAP_THRESHOLD_ $MALLOC_TRIM_THRESHOLD_ $OMP_WAIT_POLICY; "
            + "echo [$ASPNETCORE_URLS] [$PLATFORM_STOP_ON_STDIN_EOF] $EXTRA";
        Environment.SetEnvironmentVariable("ASPNETCORE_URLS", "http://127.0.0.1:1");
        Environment.SetEnvironmentVariable("PLATFORM_STOP_ON_STDIN_EOF", "1");
        try
        {
            await ExitOf(Start(script, new Dictionary<string, string?> { ["EXTRA"] = "given" }));
        }
        finally
        {
            Environment.SetEnvironmentVariable("ASPNETCORE_URLS", null);
            Environment.SetEnvironmentVariable("PLATFORM_STOP_ON_STDIN_EOF", null);
        }

        var lines = File.ReadAllLines(Output);
        var ids = lines[0].Split(' ');
        Assert.Equal(ids[0], ids[1]);
        Assert.True(int.Parse(lines[1], CultureInfo.InvariantCulture) >= 10);
        Assert.Equal("1073741824 4294967296 17179869184 PASSIVE", lines[2]);
        Assert.Equal("[] [] given", lines[3]);
    }

    [Fact]
    public async Task Terminate_ProcessThatHandlesIt_EndsWithItsCode()
    {
        var worker = Start("trap 'exit 75' TERM; echo ready; while :; do sleep 0.05; done");
        await Until(() => File.ReadAllText(Output).Contains("ready", StringComparison.Ordinal));
        worker.Terminate();

        Assert.Equal(75, (await ExitOf(worker)).Code);
    }

    [Fact]
    public async Task Kill_ProcessWithChildren_EndsThemTooAndNamesTheSignal()
    {
        var worker = Start("sleep 1000 & echo $!; wait");
        await Until(() => File.ReadAllText(Output).EndsWith('\n'));
        var child = ProcessIdentity.Of(int.Parse(File.ReadAllText(Output), CultureInfo.InvariantCulture));
        worker.Kill();
        var exit = await ExitOf(worker);

        Assert.Equal(9, exit.Signal);
        Assert.StartsWith("killed by signal 9 (SIGKILL)", exit.Describe(), StringComparison.Ordinal);
        await Until(() => !child!.Value.IsAlive);
    }

    [Fact]
    public async Task Start_ProcessEnded_LeavesNoZombie()
    {
        var worker = Start("exit 0");
        await ExitOf(worker);

        Assert.False(Directory.Exists($"/proc/{worker.Identity.Pid}"));
    }

    [Fact]
    public void Start_ProgramDoesNotExist_Throws()
    {
        var start = new WorkerStart(["/nowhere/program"], Output);

        var error = Assert.Throws<IOException>(() => WorkerProcess.Start(start));
        Assert.Contains("/nowhere/program", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TryAdopt_RunningProcess_SeesItsEndWithoutItsCode()
    {
        var worker = Start("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done");
        await Until(() => File.ReadAllText(Output).Contains("ready", StringComparison.Ordinal));
        // Whoever started it looks away; another object takes it up by its identity alone.
        using var adopted = WorkerProcess.TryAdopt(worker.Identity);
        Assert.NotNull(adopted);
        Assert.False(adopted.Exited.IsCompleted);
        adopted.Terminate();

        Assert.Equal(WorkerExit.Unknown, await ExitOf(adopted));
    }

    [Fact]
    public void TryAdopt_SamePidOtherStartTime_IsRefused()
    {
        var other = ProcessIdentity.Current with { StartTicks = ProcessIdentity.Current.StartTicks + 1 };

        Assert.Null(WorkerProcess.TryAdopt(other));
        Assert.False(other.IsAlive);
        Assert.True(ProcessIdentity.Current.IsAlive);
    }

    [Fact]
    public async Task ByArgument_RunningWorker_IsFoundByItsFolder()
    {
        var folder = _folder["runs/x"];
        var worker = Start("while :; do sleep 0.05; done", null, "worker", "--run", folder);
        IReadOnlyDictionary<string, ProcessIdentity> found = new Dictionary<string, ProcessIdentity>();
        await Until(() => (found = WorkerFinder.ByArgument("--run")).ContainsKey(folder));

        Assert.Equal(worker.Identity, found[folder]);
    }

    [Fact]
    public void WorkerFile_WrittenAndRead_IsEqual()
    {
        var file = new WorkerFile(12, 3456, 2, DateTimeOffset.UnixEpoch.AddDays(20000));
        file.Write(_folder.Path);

        Assert.Equal(file, WorkerFile.TryRead(_folder.Path));
        Assert.Contains("\"start_ticks\": 3456", File.ReadAllText(_folder["worker.json"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"pid\": 12, \"start_ti")]
    [InlineData("[]")]
    [InlineData("{\"format_version\": 2, \"pid\": 12}")]
    public void WorkerFile_Unreadable_IsNull(string content)
    {
        File.WriteAllText(_folder["worker.json"], content);

        Assert.Null(WorkerFile.TryRead(_folder.Path));
    }

    private WorkerProcess Start(
        string script, Dictionary<string, string?>? environment = null, params string[] arguments)
    {
        var start = new WorkerStart(["sh", "-c", script, .. arguments], Output) { Environment = environment ?? [] };
        var worker = WorkerProcess.Start(start);
        _started.Add(worker);
        return worker;
    }

    private static Task<WorkerExit> ExitOf(WorkerProcess worker) =>
        worker.Exited.WaitAsync(s_deadline, TestContext.Current.CancellationToken);

    private static Task Until(Func<bool> condition) => Eventually.HoldsAsync(condition, s_deadline);
}
