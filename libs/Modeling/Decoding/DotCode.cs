using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using static Platform.Modeling.Assembler;

namespace Platform.Modeling;

/// <summary>
/// Machine code for the sums of products of a tile of activations with a few rows of weights, by instructions that .NET
/// has no intrinsics for: VDPBF16PS (bfloat16 with bfloat16) and VPDPWSSD (16-bit integers, of 8-bit weights). Both do
/// 32 products at a time where a product of floats does 16.
/// </summary>
internal static unsafe class DotCode
{
    /// <summary>Steps of the inner dimension: so many products a row and an output.</summary>
    public const int Step = 32;

    private const int Vectors = 32;
    private const int VectorBytes = 64;
    private const int MemoryBytes = 1 << 16;
    private const int MapPrivateAnonymous = 0x22;

    private static readonly bool HasBf16 = Has(leaf: 1, register: 0, bit: 5);
    private static readonly bool HasInt16 = Has(leaf: 0, register: 2, bit: 11);
    private static readonly Lazy<Tiles?> Bf16 = new(() => Assemble(isBf16: true));
    private static readonly Lazy<Tiles?> Int8 = new(() => Assemble(isBf16: false));

    /// <summary>Whether this processor and system can do it for weights of a kind.</summary>
    public static bool IsSupported(WeightKind kind) => kind switch
    {
        WeightKind.Bf16 => HasBf16 && Bf16.Value is not null,
        WeightKind.Int8 => HasInt16 && Int8.Value is not null,
        _ => false,
    };

    /// <summary>The code for weights of a kind that is supported.</summary>
    public static Tiles Of(WeightKind kind) => (kind == WeightKind.Bf16 ? Bf16.Value : Int8.Value)!;

    /// <summary>One tile's sums.</summary>
    /// <param name="code">One of <see cref="Tiles"/>.</param>
    /// <param name="weights">The first of the rows of weights.</param>
    /// <param name="rowBytes">From one row of weights to the next.</param>
    /// <param name="x">The tile: [k / 32][rows][32] of 16 bits.</param>
    /// <param name="steps">k / 32.</param>
    /// <param name="sums">16 floats for each output and row, still to be added up: [output][row][16].</param>
    /// <param name="ahead">What will be read next; for the code that reads ahead.</param>
    public static void Run(nint code, byte* weights, nint rowBytes, byte* x, nint steps, float* sums, byte* ahead) =>
        ((delegate* unmanaged[SuppressGCTransition]<byte*, nint, byte*, nint, float*, byte*, void>)code)(
            weights, rowBytes, x, steps, sums, ahead);

    private static bool Has(int leaf, int register, int bit)
    {
        const int ExtendedFeatures = 7;
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64
            || !Avx512BW.IsSupported || X86Base.CpuId(0, 0).Eax < ExtendedFeatures)
        {
            return false;
        }

        var (eax, _, ecx, _) = X86Base.CpuId(ExtendedFeatures, leaf);
        return (((register == 0 ? eax : ecx) >> bit) & 1) != 0;
    }

    // Null where the system gives no memory for code, as a hardened one may.
    private static Tiles? Assemble(bool isBf16)
    {
        var next = Map(null, MemoryBytes, Protection.ReadWrite, MapPrivateAnonymous, -1, 0);
        if ((nint)next == -1)
            return null;
        var start = next;
        nint Put(int rows, int outputs, bool readsAhead)
        {
            var code = Assemble(isBf16, rows, outputs, readsAhead).Code;
            code.CopyTo(new Span<byte>(next, code.Length));
            var at = (nint)next;
            next += (code.Length + VectorBytes - 1) / VectorBytes * VectorBytes;
            return at;
        }

        var tiles = new Tiles(
            Put(1, 1, readsAhead: false),
            Put(4, 1, readsAhead: false),
            Put(4, 4, readsAhead: false),
            Put(4, 4, readsAhead: true),
            Put(6, 1, readsAhead: false),
            Put(6, 4, readsAhead: false),
            Put(6, 4, readsAhead: true));
        // From now on code, which nothing may change.
        return Protect(start, MemoryBytes, Protection.ReadExecute) == 0 ? tiles : null;
    }

    // Arguments come in rdi, rsi, rdx, rcx, r8 and r9, as in System V's calling convention; nothing else is kept.
    private static Assembler Assemble(bool isBf16, int rows, int outputs, bool readsAhead)
    {
        const int X = Vectors - 1;
        var weights = rows * outputs; // the vectors before are the sums
        var weightBytes = Step * (isBf16 ? sizeof(ushort) : sizeof(sbyte));
        static Memory Row(Register first, int row) => row switch
        {
            0 => new Memory(first),
            1 => new Memory(first, Register.Rsi),
            2 => new Memory(first, Register.Rsi, Twice: true),
            _ => new Memory(first, Register.Rax),
        };

        var code = new Assembler();
        code.Address(Register.Rax, new Memory(Register.Rsi, Register.Rsi, Twice: true));
        for (var sum = 0; sum < weights; sum++)
            code.Zero(sum);
        var loop = code.Here;
        for (var output = 0; output < outputs; output++)
        {
            if (isBf16)
                code.Load(weights + output, Row(Register.Rdi, output));
            else
                code.LoadSignedBytes(weights + output, Row(Register.Rdi, output));
            if (readsAhead)
                code.Prefetch(Row(Register.R9, output));
        }

        for (var row = 0; row < rows; row++)
        {
            code.Load(X, new Memory(Register.Rdx, Offset: row * VectorBytes));
            for (var output = 0; output < outputs; output++)
            {
                var sum = (output * rows) + row;
                if (isBf16)
                    code.AddProductsOfBf16(sum, X, weights + output);
                else
                    code.AddProductsOfInt16(sum, X, weights + output);
            }
        }

        code.Add(Register.Rdi, weightBytes);
        code.Add(Register.Rdx, rows * VectorBytes);
        if (readsAhead)
            code.Add(Register.R9, weightBytes);
        code.Subtract(Register.Rcx, 1);
        code.JumpUnlessZero(loop);
        for (var sum = 0; sum < weights; sum++)
        {
            if (!isBf16)
                code.ToFloats(sum);
            code.Store(new Memory(Register.R8, Offset: sum * VectorBytes), sum);
        }

        code.Return();
        return code;
    }

    [DllImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern byte* Map(void* address, nuint length, Protection protection, int flags, int file, long offset);

    [DllImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Protect(void* address, nuint length, Protection protection);

    private enum Protection
    {
        ReadWrite = 3,
        ReadExecute = 5,
    }

    /// <summary>The code of each tile: rows of activations by outputs.</summary>
    /// <param name="One">1 × 1.</param>
    /// <param name="FourByOne">4 × 1.</param>
    /// <param name="FourByFour">4 × 4.</param>
    /// <param name="FourByFourAhead">The same, with what comes next brought into the cache.</param>
    /// <param name="SixByOne">6 × 1.</param>
    /// <param name="SixByFour">6 × 4.</param>
    /// <param name="SixByFourAhead">The same, with what comes next brought into the cache.</param>
    public sealed record Tiles(
        nint One,
        nint FourByOne,
        nint FourByFour,
        nint FourByFourAhead,
        nint SixByOne,
        nint SixByFour,
        nint SixByFourAhead);
}
