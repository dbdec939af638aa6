using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Platform.Collectives.Mpi;

/// <summary>
/// Brings MPICH's processes together without <c>mpiexec</c>: the server's side of PMI 1.1, the protocol by which they
/// ask who they are and tell each other their addresses (mpich, src/pmi/maint/pmi-1.1.txt).
/// </summary>
/// <remarks>A connection that begins with <c>cmd=watch</c> is none of MPICH's: see <see cref="RankWatch"/>.</remarks>
internal sealed class PmiServer
{
    private const string KeyspaceName = "kvs_0";
    private const string MaxValues = "kvsname_max=256 keylen_max=64 vallen_max=1024";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _values = [];
    private readonly List<StreamWriter> _atBarrier = [];
    private readonly TcpListener _listener;
    private readonly int _world;
    private readonly Action _onRankLost;

    private PmiServer(TcpListener listener, int world, bool sameMachine, Action onRankLost)
    {
        (_listener, _world, _onRankLost) = (listener, world, onRankLost);
        // Block 0 of one node with all ranks: MPICH then uses shared memory.
        if (sameMachine)
            _values["PMI_process_mapping"] = string.Create(CultureInfo.InvariantCulture, $"(vector,(0,1,{world}))");
    }

    /// <summary>Begins to listen, on threads of its own.</summary>
    /// <exception cref="CommunicationException">The port is not to be had.</exception>
    public static void Start(IPEndPoint address, int world, bool sameMachine, Action onRankLost)
    {
        var listener = new TcpListener(address);
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new CommunicationException($"Rank 0 cannot listen on {address}: {e.Message}", e);
        }

        var server = new PmiServer(listener, world, sameMachine, onRankLost);
        new Thread(server.Accept) { IsBackground = true, Name = "ranks" }.Start();
    }

    private void Accept()
    {
        while (true)
        {
            var client = _listener.AcceptTcpClient();
            new Thread(() => Serve(client)) { IsBackground = true, Name = "rank" }.Start();
        }
    }

    private void Serve(TcpClient client)
    {
        var watched = false;
        try
        {
            using (client)
            {
                client.NoDelay = true;
                var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
                var writer = new StreamWriter(client.GetStream(), new ASCIIEncoding()) { NewLine = "\n" };
                while (reader.ReadLine() is { } line)
                {
                    var fields = Fields(line);
                    var command = fields.GetValueOrDefault("cmd", "");
                    watched = command == "watch" || (watched && command != "bye");
                    if (command is not ("watch" or "bye"))
                        Answer(command, fields, writer);
                }
            }
        }
        catch (IOException)
        {
            // The process has died; what that means is said below.
        }

        if (watched)
            _onRankLost();
    }

    private void Answer(string command, Dictionary<string, string> fields, StreamWriter writer)
    {
        lock (_lock)
        {
            switch (command)
            {
                case "initack":
                    Send(writer, "cmd=initack", $"cmd=set size={_world}", $"cmd=set rank={fields["pmiid"]}");
                    Send(writer, "cmd=set debug=0");
                    break;
                case "init":
                    Send(writer, "cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0");
                    break;
                case "get_maxes":
                    Send(writer, $"cmd=maxes {MaxValues} rc=0");
                    break;
                case "get_appnum":
                    Send(writer, "cmd=appnum appnum=0 rc=0");
                    break;
                case "get_universe_size":
                    Send(writer, $"cmd=universe_size size={_world} rc=0");
                    break;
                case "get_my_kvsname":
                    Send(writer, $"cmd=my_kvsname kvsname={KeyspaceName} rc=0");
                    break;
                case "put":
                    _values[fields["key"]] = fields["value"];
                    Send(writer, "cmd=put_result rc=0 msg=success");
                    break;
                case "get":
                    Send(
                        writer,
                        _values.TryGetValue(fields["key"], out var value)
                            ? $"cmd=get_result rc=0 msg=success value={value}"
                            : "cmd=get_result rc=-1 msg=key_not_found value=unknown");
                    break;
                case "barrier_in":
                    EnterBarrier(writer);
                    break;
                case "finalize":
                    Send(writer, "cmd=finalize_ack rc=0");
                    break;
                case "abort":
                    _onRankLost();
                    break;
                default:
                    break;
            }
        }
    }

    private void EnterBarrier(StreamWriter writer)
    {
        _atBarrier.Add(writer);
        if (_atBarrier.Count < _world)
            return;
        foreach (var waiting in _atBarrier)
            Send(waiting, "cmd=barrier_out rc=0");
        _atBarrier.Clear();
    }

    private static void Send(StreamWriter writer, params ReadOnlySpan<string> lines)
    {
        foreach (var line in lines)
            writer.WriteLine(line);
        writer.Flush();
    }

    private static Dictionary<string, string> Fields(string line)
    {
        var fields = new Dictionary<string, string>();
        foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            // A value may hold '=' itself.
            if (word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
                fields[word[..at]] = word[(at + 1)..];
        }

        return fields;
    }
}
