using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Platform.Collectives.Mpi;

/// <summary>
/// Ranks that nobody but a person started, torchrun-style: RANK, WORLD_SIZE, MASTER_ADDR (default 127.0.0.1) and
/// MASTER_PORT (default 29500). Rank 0 brings them together; where one dies, the others end, as under <c>mpiexec</c>.
/// </summary>
public sealed class RankWatch : IDisposable
{
    private const int DefaultPort = 29500;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(100);

    private readonly ManualResetEventSlim _done = new();
    private readonly TcpClient _toFirst;

    private RankWatch(TcpClient toFirst) => _toFirst = toFirst;

    /// <summary>Prepares MPICH's start in this process.</summary>
    /// <param name="place">This process's place.</param>
    /// <param name="variable">Gets an environment variable.</param>
    /// <exception cref="CommunicationException">Rank 0 is not to be reached.</exception>
    public static RankWatch Begin(RankEnvironment place, Func<string, string?> variable)
    {
        var host = variable("MASTER_ADDR") is { Length: > 0 } named ? named : "127.0.0.1";
        var port = int.TryParse(variable("MASTER_PORT"), CultureInfo.InvariantCulture, out var number)
            ? number
            : DefaultPort;
        var address = Resolve(host);
        RankWatch? watch = null;
        if (place.Rank == 0)
        {
            var sameMachine = place.LocalWorld == place.World;
            PmiServer.Start(new IPEndPoint(address, port), place.World, sameMachine, () => watch?.EndSoon());
        }

        watch = new RankWatch(Connect(address, port));
        new Thread(watch.Follow) { IsBackground = true, Name = "rank 0" }.Start();
        NativeEnvironment.Set("PMI_PORT", string.Create(CultureInfo.InvariantCulture, $"{address}:{port}"), true);
        NativeEnvironment.Set("PMI_ID", place.Rank.ToString(CultureInfo.InvariantCulture), true);
        return watch;
    }

    /// <summary>Says that this rank ends in order.</summary>
    public void Dispose()
    {
        _done.Set();
        try
        {
            _toFirst.GetStream().Write("cmd=bye\n"u8);
        }
        catch (IOException)
        {
            // Rank 0 has ended before this one, in order too.
        }

        _toFirst.Dispose();
    }

    private static IPAddress Resolve(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host, AddressFamily.InterNetwork)[0];
        }
        catch (Exception e) when (e is SocketException or IndexOutOfRangeException)
        {
            throw new CommunicationException($"MASTER_ADDR '{host}' is not known here: {e.Message}", e);
        }
    }

    private static TcpClient Connect(IPAddress address, int port)
    {
        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            var client = new TcpClient();
            try
            {
                client.Connect(address, port);
                client.GetStream().Write("cmd=watch\n"u8);
                return client;
            }
            catch (SocketException e)
            {
                client.Dispose();
                if (Stopwatch.GetElapsedTime(begin) > s_patience)
                    throw new CommunicationException($"Rank 0 is not at {address}:{port}: {e.Message}", e);
                // Nothing tells when a port of another machine opens.
                Thread.Sleep(s_betweenTries);
            }
        }
    }

    // Rank 0 says nothing here: what ends the reading is its end.
    private void Follow()
    {
        try
        {
            using var reader = new StreamReader(_toFirst.GetStream(), Encoding.ASCII);
            reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Its end, or this one's.
        }

        EndSoon();
    }

    // A rank that has just finished lets the others a moment to finish too.
    private void EndSoon()
    {
        if (_done.Wait(s_grace))
            return;
        Console.Error.WriteLine("Another rank has died; this one ends too.");
        Process.GetCurrentProcess().Kill();
    }
}
