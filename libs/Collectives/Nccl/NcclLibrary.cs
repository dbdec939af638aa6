using System.Runtime.InteropServices;

namespace Platform.Collectives.Nccl;

/// <summary>NCCL's C interface (nccl.h, version 2).</summary>
internal sealed unsafe class NcclLibrary
{
    /// <summary>Bytes of an id: NCCL_UNIQUE_ID_BYTES.</summary>
    public const int IdBytes = 128;

    private const int Float32 = 7;
    private const int Float64 = 8;
    private const int Sum = 0;

    // The default stream: libtorch computes there, so what is exchanged is complete, and what follows waits for it.
    private const nint DefaultStream = 0;

    private readonly nint _library;
    private nint _communicator;

    private NcclLibrary(nint library) => _library = library;

    /// <summary>Loads the library.</summary>
    /// <exception cref="LibraryMissingException">It is not installed; names the package.</exception>
    public static NcclLibrary Load()
    {
        foreach (var name in (string[])["libnccl.so.2", "libnccl.so"])
        {
            if (NativeLibrary.TryLoad(name, out var library))
                return new NcclLibrary(library);
        }

        throw new LibraryMissingException(
            "Training on several NVIDIA cards needs NCCL, and libnccl.so.2 is not installed. Install the package "
            + "libnccl2 of NVIDIA's CUDA repository, or put the folder of the library into LD_LIBRARY_PATH.");
    }

    /// <summary>The library's version, such as 2.21.5.</summary>
    public string Version()
    {
        int code;
        Check(((delegate* unmanaged<int*, int>)Symbol("ncclGetVersion"))(&code), "ncclGetVersion");
        // Since 2.9: major · 10000 + minor · 100 + patch.
        return $"{code / 10000}.{code / 100 % 100}.{code % 100}";
    }

    /// <summary>A new id for ranks that are to find each other; asked for by one of them.</summary>
    public byte[] CreateId()
    {
        var id = new byte[IdBytes];
        fixed (byte* address = id)
            Check(((delegate* unmanaged<byte*, int>)Symbol("ncclGetUniqueId"))(address), "ncclGetUniqueId");
        return id;
    }

    /// <summary>Waits for all ranks with the same id.</summary>
    public void Join(byte[] id, int rank, int world)
    {
        UniqueId value;
        id.CopyTo(new Span<byte>(value.Bytes, IdBytes));
        nint communicator;
        var join = (delegate* unmanaged<nint*, int, UniqueId, int, int>)Symbol("ncclCommInitRank");
        Check(join(&communicator, world, value, rank), "ncclCommInitRank");
        _communicator = communicator;
    }

    /// <summary>Sums all buffers in place, as one piece of work.</summary>
    public void AllReduceSum(IReadOnlyList<DeviceBuffer> buffers) => InGroup(buffers, buffer =>
    {
        var reduce = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Symbol("ncclAllReduce");
        var (address, count) = (buffer.Address, (nuint)buffer.Count);
        Check(
            reduce(address, address, count, TypeOf(buffer), Sum, _communicator, DefaultStream), "ncclAllReduce");
    });

    /// <summary>Sends rank 0's numbers to all, as one piece of work.</summary>
    public void Broadcast(IReadOnlyList<DeviceBuffer> buffers) => InGroup(buffers, buffer =>
    {
        var send = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Symbol("ncclBroadcast");
        var (address, count) = (buffer.Address, (nuint)buffer.Count);
        Check(send(address, address, count, TypeOf(buffer), 0, _communicator, DefaultStream), "ncclBroadcast");
    });

    /// <summary>Ends what is under way; the other ranks notice.</summary>
    public void Abort() => End("ncclCommAbort");

    /// <summary>Leaves.</summary>
    public void Destroy() => End("ncclCommDestroy");

    private void InGroup(IReadOnlyList<DeviceBuffer> buffers, Action<DeviceBuffer> call)
    {
        Check(((delegate* unmanaged<int>)Symbol("ncclGroupStart"))(), "ncclGroupStart");
        foreach (var buffer in buffers)
            call(buffer);
        Check(((delegate* unmanaged<int>)Symbol("ncclGroupEnd"))(), "ncclGroupEnd");
    }

    private void End(string function)
    {
        if (_communicator != 0)
            _ = ((delegate* unmanaged<nint, int>)Symbol(function))(_communicator);
        _communicator = 0;
    }

    private static int TypeOf(DeviceBuffer buffer) => buffer.Type == ElementType.Float64 ? Float64 : Float32;

    private nint Symbol(string name) => NativeLibrary.GetExport(_library, name);

    private void Check(int result, string function)
    {
        if (result == 0)
            return;
        var text = ((delegate* unmanaged<int, byte*>)Symbol("ncclGetErrorString"))(result);
        var reason = text == null ? $"error {result}" : Marshal.PtrToStringUTF8((nint)text);
        throw new CommunicationException($"{function} failed: {reason}.");
    }

    private struct UniqueId
    {
        public fixed byte Bytes[IdBytes];
    }
}
