using System.Runtime.InteropServices;
using System.Text;

namespace Platform.Collectives.Mpi;

/// <summary>
/// MPI's C interface of either flavour. Handles are passed in a register each: an address (Open MPI), or an integer
/// whose upper half nobody looks at (MPICH).
/// </summary>
internal sealed unsafe partial class MpiLibrary
{
    // RTLD_NOW | RTLD_GLOBAL: Open MPI loads plug-ins that look for its symbols.
    private const int LoadGlobally = 0x2 | 0x100;
    private const int ThreadSerialized = 2;
    private const int MaxVersionBytes = 8192;
    private const int MaxErrorBytes = 1024;

    private readonly nint _library;
    private readonly delegate* unmanaged<int*, byte***, int, int*, int> _initThread;
    private readonly delegate* unmanaged<nint, nint, int, nint, nint, nint, int> _allReduce;
    private readonly delegate* unmanaged<nint, int, nint, int, nint, int> _broadcast;
    private readonly delegate* unmanaged<nint, int, int> _abort;
    private readonly delegate* unmanaged<int> _finalize;

    private MpiLibrary(MpiFlavour flavour, nint library)
    {
        _library = library;
        Flavour = flavour;
        _initThread = (delegate* unmanaged<int*, byte***, int, int*, int>)Symbol("MPI_Init_thread");
        _allReduce = (delegate* unmanaged<nint, nint, int, nint, nint, nint, int>)Symbol("MPI_Allreduce");
        _broadcast = (delegate* unmanaged<nint, int, nint, int, nint, int>)Symbol("MPI_Bcast");
        _abort = (delegate* unmanaged<nint, int, int>)Symbol("MPI_Abort");
        _finalize = (delegate* unmanaged<int>)Symbol("MPI_Finalize");
        (World, Float32, Float64, Sum, InPlace, ReturnErrors) = flavour == MpiFlavour.OpenMpi
            ? (Symbol("ompi_mpi_comm_world"), Symbol("ompi_mpi_float"), Symbol("ompi_mpi_double"),
                Symbol("ompi_mpi_op_sum"), 1, Symbol("ompi_mpi_errors_return"))
            // MPICH's ABI: these numbers do not change (mpi.h).
            : (0x44000000, 0x4c00040a, 0x4c00080b, 0x58000003, -1, 0x54000001);
    }

    /// <summary>Which one it is.</summary>
    public MpiFlavour Flavour { get; }

    private nint World { get; }

    private nint Float32 { get; }

    private nint Float64 { get; }

    private nint Sum { get; }

    private nint InPlace { get; }

    private nint ReturnErrors { get; }

    /// <summary>Loads the library of a flavour.</summary>
    /// <exception cref="LibraryMissingException">It is not installed; names the package.</exception>
    public static MpiLibrary Load(MpiFlavour flavour)
    {
        string[] names = flavour == MpiFlavour.OpenMpi
            ? ["libmpi.so.40"]
            : ["libmpich.so.12", "libmpi.so.12"];
        foreach (var name in names)
        {
            if (Open(name, LoadGlobally) is not 0 and var library)
                return new MpiLibrary(flavour, library);
        }

        var package = flavour == MpiFlavour.OpenMpi ? "openmpi-bin" : "mpich";
        throw new LibraryMissingException(
            $"Training on more than one rank needs MPI, and {string.Join(" or ", names)} is not installed. "
            + $"Install the package {package} (Debian, Ubuntu: apt install {package}).");
    }

    /// <summary>Takes part in the job that a launcher has started.</summary>
    public void Initialise()
    {
        int provided;
        Check(_initThread(null, null, ThreadSerialized, &provided), "MPI_Init_thread");
        // By default an error ends the process with a line on standard error; an exception says more.
        var setHandler = (delegate* unmanaged<nint, nint, int>)Symbol("MPI_Comm_set_errhandler");
        Check(setHandler(World, ReturnErrors), "MPI_Comm_set_errhandler");
    }

    /// <summary>This process's number.</summary>
    public int Rank() => Number("MPI_Comm_rank");

    /// <summary>Processes in all.</summary>
    public int Size() => Number("MPI_Comm_size");

    /// <summary>The library's first line about itself.</summary>
    public string Version()
    {
        var text = stackalloc byte[MaxVersionBytes];
        int length;
        var version = (delegate* unmanaged<byte*, int*, int>)Symbol("MPI_Get_library_version");
        Check(version(text, &length), "MPI_Get_library_version");
        var line = Encoding.UTF8.GetString(text, length).Split('\n', ',')[0];
        var words = line.Replace("Version:", "", StringComparison.Ordinal).Trim('\0')
            .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words);
    }

    /// <summary>Sums in place.</summary>
    public void AllReduceSum(DeviceBuffer buffer) => Check(
        _allReduce(InPlace, buffer.Address, checked((int)buffer.Count), TypeOf(buffer), Sum, World), "MPI_Allreduce");

    /// <summary>Sends rank 0's numbers to all.</summary>
    public void Broadcast(DeviceBuffer buffer) => Check(
        _broadcast(buffer.Address, checked((int)buffer.Count), TypeOf(buffer), 0, World), "MPI_Bcast");

    /// <summary>Ends every process of the job.</summary>
    public void Abort(int exitCode) => _ = _abort(World, exitCode);

    /// <summary>Leaves the job.</summary>
    public void Finish() => Check(_finalize(), "MPI_Finalize");

    private nint TypeOf(DeviceBuffer buffer) => buffer.Type == ElementType.Float64 ? Float64 : Float32;

    private int Number(string function)
    {
        int value;
        Check(((delegate* unmanaged<nint, int*, int>)Symbol(function))(World, &value), function);
        return value;
    }

    private nint Symbol(string name) => NativeLibrary.GetExport(_library, name);

    private void Check(int code, string function)
    {
        if (code == 0)
            return;
        var text = stackalloc byte[MaxErrorBytes];
        int length;
        var describe = (delegate* unmanaged<int, byte*, int*, int>)Symbol("MPI_Error_string");
        var reason = describe(code, text, &length) == 0 ? Encoding.UTF8.GetString(text, length) : $"error {code}";
        throw new CommunicationException($"{function} failed: {reason}");
    }

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string name, int flags);
}
