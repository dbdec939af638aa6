using System.Collections.Concurrent;
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

    private static readonly ConcurrentDictionary<(ScalarType Type, bool Rounds, bool InPlace), nint> Loaded = new();

    /// <summary>Whether this machine can run it.</summary>
    public static bool IsSupported(ScalarType type) =>
        Address(type) != 0 && (type == ScalarType.Float32 || Address(type, rounds: true) != 0);

    /// <summary>
    /// Its address; 0 where it is not supported. Arguments: rows' numbers; columns' numbers, [steps][48]; steps, at
    /// least one; receives [8][48] sums; memory that will soon be read, and bytes in it from a step to the next; bytes
    /// from a row to the next.
    /// </summary>
    /// <param name="type">Of the numbers.</param>
    /// <param name="rounds">Whether the sums arrive rounded to bf16; else in fp32.</param>
    /// <param name="inPlace">Whether rows' numbers lie in rows, each row's side by side; else [steps][8].</param>
    public static nint Address(ScalarType type, bool rounds = false, bool inPlace = false) =>
        Loaded.GetOrAdd((type, rounds, inPlace), static key => Load(key.Type, key.Rounds, key.InPlace));

    private static bool HasInstructions(ScalarType type)
    {
        if (!Vector512.IsHardwareAccelerated || !Avx512F.IsSupported || !OperatingSystem.IsLinux()
            || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return false;
        return type == ScalarType.Float32
            || (X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0); // AVX512_BF16
    }

    private static nint Load(ScalarType type, bool rounds, bool inPlace)
    {
        const int ReadWrite = 3;
        const int ReadExecute = 5;
        const int PrivateAnonymous = 0x22;
        if (!HasInstructions(type))
            return 0;
        var code = Write(type, rounds, inPlace);
        var memory = mmap(0, (nuint)code.Length, ReadWrite, PrivateAnonymous, -1, 0);
        if (memory == -1)
            return 0;
        Marshal.Copy(code, 0, memory, code.Length);
        // A hardened system may refuse; libtorch's products do then.
        return mprotect(memory, (nuint)code.Length, ReadExecute) == 0 ? memory : 0;
    }

    // The arguments in System V's order.
    private static byte[] Write(ScalarType type, bool rounds, bool inPlace)
    {
        const Register Left = Register.Rdi;
        const Register Right = Register.Rsi;
        const Register Steps = Register.Rdx;
        const Register Tile = Register.Rcx;
        const Register Soon = Register.R8;
        const Register SoonStep = Register.R9;
        const Register Row = Register.Rax;
        // Rows 0, 3 and 6; an address reaches two rows further.
        Register[] threes = [Left, Register.R10, Register.R11];
        var code = new Assembler();
        if (inPlace)
        {
            code.LoadStackArgument(Row, 0);
            for (var three = 1; three < threes.Length; three++)
            {
                code.Address(threes[three], new Memory(threes[three - 1], Row, Twice: true));
                code.Add(threes[three], Row);
            }
        }

        for (var sum = 0; sum < FirstColumn; sum++)
            code.Zero(sum);
        var loop = code.Here;
        for (var vector = 0; vector < Vectors; vector++)
            code.Load(FirstColumn + vector, new Memory(Right, Offset: vector * 64));
        code.PrefetchLater(new Memory(Soon));
        for (var row = 0; row < Rows; row++)
        {
            var value = FirstRow + (row % RowRegisters);
            code.Broadcast(value, inPlace
                ? new Memory(threes[row / 3], row % 3 == 0 ? null : Row, Twice: row % 3 == 2)
                : new Memory(Left, Offset: row * 4));
            for (var vector = 0; vector < Vectors; vector++)
            {
                var (sum, column) = ((row * Vectors) + vector, FirstColumn + vector);
                if (type == ScalarType.BFloat16)
                    code.AddProductsOfBf16(sum, column, value);
                else
                    code.AddProducts(sum, column, value);
            }
        }

        foreach (var rows in inPlace ? threes : [Left])
            code.Add(rows, inPlace ? 4 : Rows * 4);
        code.Add(Right, Columns * 4);
        code.Add(Soon, SoonStep);
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
