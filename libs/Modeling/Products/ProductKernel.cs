using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Platform.Modeling.Assembler;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The innermost loop of a matrix product: 8 × 48 sums that stay in registers over any number of steps. It is machine
/// code, written at the first use: .NET 10 has no function for VDPBF16PS, and but for that one instruction the loops
/// for fp32 and for bf16 are the same.
/// </summary>
/// <remarks>
/// A step takes 32 bits of each row and of each column: one number, or two in bf16. Zen 4 and Intel's cores alike
/// multiply one 512-bit vector a cycle; 24 multiplications beside 11 loads leave the loads out of account.
/// </remarks>
internal static unsafe class ProductKernel
{
    /// <summary>Rows of the tile.</summary>
    public const int Rows = 8;

    /// <summary>Columns of the tile: three vectors.</summary>
    public const int Columns = Vectors * 16;

    private const int Vectors = 3;

    // Registers: 0 … 23 are the sums, 24 … 26 the columns' numbers, from 27 on a row's number in all lanes.
    private const int FirstColumn = Rows * Vectors;
    private const int FirstRow = FirstColumn + Vectors;
    private const int RowRegisters = 32 - FirstRow;

    private static readonly Lazy<nint> Single = new(() => Load(ScalarType.Float32, rounds: false));
    private static readonly Lazy<nint> Brain = new(() => Load(ScalarType.BFloat16, rounds: false));
    private static readonly Lazy<nint> Rounding = new(() => Load(ScalarType.BFloat16, rounds: true));

    /// <summary>Whether this machine can run it.</summary>
    public static bool IsSupported(ScalarType type) =>
        Address(type) != 0 && (type == ScalarType.Float32 || RoundingAddress != 0);

    /// <summary>As <see cref="Address"/>, for bf16; but the sums arrive rounded to bf16.</summary>
    public static nint RoundingAddress => Rounding.Value;

    /// <summary>Its address; 0 where it is not supported. Arguments: rows' numbers, [steps][8]; columns' numbers,
    /// [steps][48]; steps, at least one; receives [8][48] sums.</summary>
    public static nint Address(ScalarType type) => type == ScalarType.BFloat16 ? Brain.Value : Single.Value;

    private static bool HasInstructions(ScalarType type)
    {
        if (!Vector512.IsHardwareAccelerated || !Avx512F.IsSupported || !OperatingSystem.IsLinux()
            || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return false;
        return type == ScalarType.Float32
            || (X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0); // AVX512_BF16
    }

    private static nint Load(ScalarType type, bool rounds)
    {
        const int ReadWrite = 3;
        const int ReadExecute = 5;
        const int PrivateAnonymous = 0x22;
        if (!HasInstructions(type))
            return 0;
        var code = Write(type, rounds);
        var memory = mmap(0, (nuint)code.Length, ReadWrite, PrivateAnonymous, -1, 0);
        if (memory == -1)
            return 0;
        Marshal.Copy(code, 0, memory, code.Length);
        // A hardened system may refuse; libtorch's products do then.
        return mprotect(memory, (nuint)code.Length, ReadExecute) == 0 ? memory : 0;
    }

    // The first three arguments in System V's order, and the fourth where the sums go.
    private static byte[] Write(ScalarType type, bool rounds)
    {
        const Register Left = Register.Rdi;
        const Register Right = Register.Rsi;
        const Register Steps = Register.Rdx;
        const Register Tile = Register.Rcx;
        var code = new Assembler();
        for (var sum = 0; sum < FirstColumn; sum++)
            code.Zero(sum);
        var loop = code.Here;
        for (var vector = 0; vector < Vectors; vector++)
            code.Load(FirstColumn + vector, new Memory(Right, Offset: vector * 64));
        for (var row = 0; row < Rows; row++)
        {
            var value = FirstRow + (row % RowRegisters);
            code.Broadcast(value, new Memory(Left, Offset: row * 4));
            for (var vector = 0; vector < Vectors; vector++)
            {
                var (sum, column) = ((row * Vectors) + vector, FirstColumn + vector);
                if (type == ScalarType.BFloat16)
                    code.AddProductsOfBf16(sum, column, value);
                else
                    code.AddProducts(sum, column, value);
            }
        }

        code.Add(Right, Columns * 4);
        code.Add(Left, Rows * 4);
        code.Subtract(Steps, 1);
        code.JumpUnlessZero(loop);
        for (var sum = 0; sum < FirstColumn; sum++)
        {
            if (rounds)
            {
                code.ToBf16(sum);
                code.StoreHalf(new Memory(Tile, Offset: sum * 32), sum);
            }
            else
            {
                code.Store(new Memory(Tile, Offset: sum * 64), sum);
            }
        }

        code.Return();
        return code.Code.ToArray();
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint mmap(nint address, nuint length, int protection, int flags, int file, long offset);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mprotect(nint address, nuint length, int protection);
}
