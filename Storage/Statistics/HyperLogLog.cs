using System.Numerics;

namespace Helios.Pipeline.Storage;

/// <summary>How many different hashes there were, about: with 2^precision registers of a byte the standard error is 1.04 / √registers, 1.6 % by default.</summary>
/// <remarks>
/// Up to <see cref="MostExact"/> hashes are kept as they are, so small counts are exact. Hashes have 64 bits and are well mixed (<see cref="StatisticsHash"/>): they do not
/// run out, so there is nothing to correct for large counts. The estimate is Ertl's ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), which
/// has no bias where the ranges of other estimators meet. The same hashes give the same estimate in any order, and in one sketch or several merged ones.
/// One owner, one thread. Allocates while it keeps hashes, at most a dozen times; never afterwards.
/// </remarks>
internal sealed class HyperLogLog
{
    public const int MinPrecision = 4;
    public const int MaxPrecision = 18;

    /// <summary>4,096 registers.</summary>
    public const int DefaultPrecision = 12;

    /// <summary>Hashes that are kept as they are, where there are twice as many registers: 16 bytes for each of them.</summary>
    private const int MostExactHashes = 2_048;

    private readonly int _precision;
    private HashList? _exact;
    private byte[] _registers = [];

    /// <param name="precision">4 to 18.</param>
    public HyperLogLog(int precision = DefaultPrecision)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precision, MinPrecision);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precision, MaxPrecision);
        _precision = precision;
        _exact = new HashList();
    }

    /// <summary>Up to here the count is exact.</summary>
    public int MostExact => Math.Min(MostExactHashes, 1 << (_precision - 1));

    public double StandardError => 1.04 / Math.Sqrt(1 << _precision);

    /// <summary>Memory that it holds, about.</summary>
    public long Bytes => _registers.Length + (_exact?.Bytes ?? 0);

    public void Add(ulong hash)
    {
        if (_exact is { } exact)
        {
            exact.Add(hash);
            if (exact.Count > MostExact)
                Spread(exact);
            return;
        }

        // The first bits choose the register, which keeps the longest run of zeros behind them.
        ref var register = ref _registers[hash >> (64 - _precision)];
        var rank = (byte)(BitOperations.LeadingZeroCount((hash << _precision) | (1UL << (_precision - 1))) + 1);
        if (rank > register)
            register = rank;
    }

    /// <summary>Takes in what another one has seen.</summary>
    /// <exception cref="ArgumentException">It has another precision.</exception>
    public void Merge(HyperLogLog other)
    {
        if (other._precision != _precision)
            throw new ArgumentException($"A sketch of precision {other._precision} cannot go into one of precision {_precision}.", nameof(other));
        if (other._exact is { } hashes)
        {
            foreach (var hash in hashes.ToArray()) // the other one may be this one
                Add(hash);
            return;
        }

        if (_exact is { } exact)
            Spread(exact);
        for (var i = 0; i < _registers.Length; i++)
            _registers[i] = Math.Max(_registers[i], other._registers[i]);
    }

    public double Estimate()
    {
        if (_exact is { } exact)
            return exact.Count;
        var ranks = 64 - _precision;
        Span<int> counts = stackalloc int[64 - MinPrecision + 2];
        counts.Clear();
        foreach (var register in _registers)
            counts[register]++;
        double registers = _registers.Length;
        var z = registers * Tau(1 - (counts[ranks + 1] / registers));
        for (var rank = ranks; rank >= 1; rank--)
            z = 0.5 * (z + counts[rank]);
        z += registers * Sigma(counts[0] / registers);
        return registers / (2 * Math.Log(2)) * (registers / z);
    }

    private void Spread(HashList exact)
    {
        _registers = new byte[1 << _precision];
        _exact = null;
        foreach (var hash in exact.ToArray())
            Add(hash);
    }

    /// <summary>x + Σ x^(2^k) · 2^(k−1), k from 1: what registers say that no hash has reached.</summary>
    private static double Sigma(double x)
    {
        if (x == 1)
            return double.PositiveInfinity;
        double sum = x, before, weight = 1;
        do
        {
            x *= x;
            before = sum;
            sum += x * weight;
            weight += weight;
        }
        while (sum != before);
        return sum;
    }

    /// <summary>⅓ · (1 − x − Σ (1 − x^(2^−k))² · 2^−k), k from 1: what registers say that have run out of bits.</summary>
    private static double Tau(double x)
    {
        if (x is 0 or 1)
            return 0;
        double sum = 1 - x, before, weight = 1;
        do
        {
            x = Math.Sqrt(x);
            before = sum;
            weight *= 0.5;
            sum -= (1 - x) * (1 - x) * weight;
        }
        while (sum != before);
        return sum / 3;
    }
}
