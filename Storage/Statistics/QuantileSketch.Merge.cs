namespace Helios.Pipeline.Storage;

/// <summary>Two sketches into one.</summary>
internal sealed partial class QuantileSketch
{
    /// <summary>Takes in what another one has. Allocates.</summary>
    public void Merge(QuantileSketch other)
    {
        if (other.Count == 0)
            return;
        var levels = new List<ulong[]>();
        for (var i = 0; i < Math.Max(Levels, other.Levels); i++)
        {
            ulong[] level = [.. i < Levels ? Level(i) : [], .. i < other.Levels ? other.Level(i) : []];
            if (i > 0)
                Array.Sort(level);
            levels.Add(level);
        }

        while (levels.Sum(level => level.Length) > TotalCapacity(levels.Count))
            Halve(levels);

        Count += other.Count;
        Least = Math.Min(Least, other.Least);
        Greatest = Math.Max(Greatest, other.Greatest);
        _codes = new ulong[TotalCapacity(levels.Count)];
        _starts = new int[levels.Count + 1];
        _starts[^1] = _codes.Length;
        for (var i = levels.Count - 1; i >= 0; i--)
        {
            _starts[i] = _starts[i + 1] - levels[i].Length;
            levels[i].CopyTo(_codes, _starts[i]);
        }
    }

    private void Halve(List<ulong[]> levels)
    {
        var full = 0;
        while (levels[full].Length < Capacity(full, levels.Count))
            full++;
        if (full == levels.Count - 1)
            levels.Add([]);
        var codes = levels[full];
        var odd = codes.Length & 1;
        Array.Sort(codes, odd, codes.Length - odd);
        var coin = Toss();
        ulong[] above = [.. levels[full + 1], .. codes.Where((_, i) => i >= odd && ((i - odd) & 1) == coin)];
        Array.Sort(above);
        levels[full + 1] = above;
        levels[full] = codes[..odd];
    }
}
