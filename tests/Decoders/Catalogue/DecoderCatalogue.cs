namespace Helios.Pipeline.Decoders;

/// <summary>Every decoder of the engine: all classes below this folder that implement <see cref="IDecoderUnderTest"/>.</summary>
internal static class DecoderCatalogue
{
    public static IReadOnlyList<IDecoderUnderTest> All { get; } =
    [
        .. typeof(DecoderCatalogue).Assembly.GetTypes()
            .Where(t => t.Namespace == typeof(DecoderCatalogue).Namespace && !t.IsAbstract && typeof(IDecoderUnderTest).IsAssignableFrom(t))
            .Select(t => (IDecoderUnderTest)Activator.CreateInstance(t)!)
            .OrderBy(d => d.Name, StringComparer.Ordinal),
    ];

    public static IDecoderUnderTest Find(string name) => All.FirstOrDefault(d => d.Name == name)
        ?? throw new ArgumentException($"There is no decoder {name}; there are {string.Join(", ", All.Select(d => d.Name))}.");
}
