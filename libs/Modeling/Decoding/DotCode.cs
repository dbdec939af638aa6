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

    /// <summary>Outputs of the wide tiles.</summary>
    public const int Together = 4;

    private const int Vectors = 32;
    private const int VectorBytes = 64;

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
    /// <param name="sums">
    /// Of a tile of <see cref="Together"/> outputs the sums, [row][4], in whole vectors; of one output 16 floats for
    /// each row, still to be added up.
    /// </param>
    /// <param name="ahead">What will be read next; for the code that reads ahead.</param>
    public static void Run(nint code, byte* weights, nint rowBytes, byte* x, nint steps, float* sums, byte* ahead) =>
        ((delegate* unmanaged[SuppressGCTransition]<byte*, nint, byte*, nint, float*, byte*, void>)code)(
            weights, rowBytes, x, steps, sums, ahead);

    private static bool Has(int leaf, int register, int bit)
    {
        const int ExtendedFeatures = 7;
        if (!CodeMemory.IsSupported || !Avx512BW.IsSupported || X86Base.CpuId(0, 0).Eax < ExtendedFeatures)
        {
            return false;
        }

        var (eax, _, ecx, _) = X86Base.CpuId(ExtendedFeatures, leaf);
        return (((register == 0 ? eax : ecx) >> bit) & 1) != 0;
    }

    private static Tiles? Assemble(bool isBf16)
    {
        // Of the next rows of weights as many lines a step as are read in one, or half of them.
        var lines = Together * Step * (isBf16 ? sizeof(ushort) : sizeof(sbyte)) / VectorBytes;
        byte[] Code(int rows, int outputs, int linesAhead) =>
            Assemble(isBf16, rows, outputs, linesAhead).Code.ToArray();
        var at = CodeMemory.TryLoad(
            Code(1, 1, 0),
            Code(4, 1, 0),
            Code(6, 1, 0),
            Code(4, Together, 0),
            Code(4, Together, lines / 2),
            Code(4, Together, lines),
            Code(6, Together, 0),
            Code(6, Together, lines / 2),
            Code(6, Together, lines));
        return at is null ? null : new Tiles(at[0], at[1], at[2], at[3..6], at[6..9]);
    }

    // Arguments come in rdi, rsi, rdx, rcx, r8 and r9, as in System V's calling convention; nothing else is kept.
    private static Assembler Assemble(bool isBf16, int rows, int outputs, int linesAhead)
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
        }

        for (var line = 0; line < linesAhead; line++)
            code.PrefetchLater(new Memory(Register.R9, Offset: line * VectorBytes));

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
        if (linesAhead > 0)
            code.Add(Register.R9, linesAhead * VectorBytes);
        code.Subtract(Register.Rcx, 1);
        code.JumpUnlessZero(loop);
        for (var sum = 0; sum < weights && !isBf16; sum++)
            code.ToFloats(sum);
        if (outputs == Together)
        {
            AddUpFour(code, rows);
            if (rows > 4)
                AddUpTwo(code, rows, 4);
        }
        else
        {
            for (var sum = 0; sum < weights; sum++)
                code.Store(new Memory(Register.R8, Offset: sum * VectorBytes), sum);
        }

        code.Return();
        return code;
    }

    // The lanes' sums of the first four rows and four outputs, in the order of DotKernels.Sum: i with i + 8, then with
    // i + 4, with i + 2, with i + 1. Each addition is one of as many sums as the vector has room for.
    private static void AddUpFour(Assembler code, int rows)
    {
        for (var output = 0; output < Together; output++)
        {
            var first = output * rows;
            AddQuarters(code, first, first, first + 1, 0x44, 0xEE); // rows 0 and 1, eight lanes each
            AddQuarters(code, first + 1, first + 2, first + 3, 0x44, 0xEE);
            AddQuarters(code, first, first, first + 1, 0x88, 0xDD); // four rows, four lanes each
        }

        AddFloats(code, 0, 0, rows, 0x44, 0xEE); // in each quarter a row's outputs 0 and 1, two lanes each
        AddFloats(code, 1, 2 * rows, 3 * rows, 0x44, 0xEE);
        AddFloats(code, 0, 0, 1, 0x88, 0xDD);
        code.Store(new Memory(Register.R8), 0);
    }

    // The same of two rows more.
    private static void AddUpTwo(Assembler code, int rows, int row)
    {
        for (var output = 0; output < Together; output++)
        {
            var first = (output * rows) + row;
            AddQuarters(code, first, first, first + 1, 0x44, 0xEE);
        }

        AddQuarters(code, row, row, rows + row, 0x88, 0xDD); // quarters: rows 4 and 5 of output 0, then of 1
        AddQuarters(code, row + 1, (2 * rows) + row, (3 * rows) + row, 0x88, 0xDD);
        AddFloats(code, row, row, row + 1, 0x44, 0xEE);
        AddFloats(code, row, row, row, 0x88, 0xDD); // outputs 0 and 2 of each row, then 1 and 3 of each
        code.ShuffleQuarters(row + 1, row, row, 0xEE);
        code.InterleaveLow(row, row, row + 1);
        code.Store(new Memory(Register.R8, Offset: VectorBytes), row);
    }

    private static void AddQuarters(Assembler code, int sum, int x, int y, byte these, byte those)
    {
        code.ShuffleQuarters(Vectors - 2, x, y, these);
        code.ShuffleQuarters(Vectors - 1, x, y, those);
        code.AddFloats(sum, Vectors - 2, Vectors - 1);
    }

    private static void AddFloats(Assembler code, int sum, int x, int y, byte these, byte those)
    {
        code.ShuffleFloats(Vectors - 2, x, y, these);
        code.ShuffleFloats(Vectors - 1, x, y, those);
        code.AddFloats(sum, Vectors - 2, Vectors - 1);
    }

    /// <summary>The code of each tile: rows of activations by outputs.</summary>
    /// <param name="One">1 × 1.</param>
    /// <param name="FourByOne">4 × 1.</param>
    /// <param name="SixByOne">6 × 1.</param>
    /// <param name="FourByFour">4 × 4: reading nothing ahead, half of what comes next, or all of it.</param>
    /// <param name="SixByFour">6 × 4, likewise.</param>
    public sealed record Tiles(nint One, nint FourByOne, nint SixByOne, nint[] FourByFour, nint[] SixByFour);
}
