using System.Runtime.CompilerServices;

// What the doubles implement is internal to the product, so they are internal too.
[assembly: InternalsVisibleTo("Helios.Pipeline.Storage.Tests")]
[assembly: InternalsVisibleTo("Helios.Pipeline.Tests")]
[assembly: InternalsVisibleTo("Helios.Pipeline.Maintenance.Tests")]
[assembly: InternalsVisibleTo("Helios.Pipeline.Ingestion.Tests")]
[assembly: InternalsVisibleTo("Helios.Pipeline.Crash.Tests")]
[assembly: InternalsVisibleTo("Helios.Pipeline.Compatibility.Tests")]
[assembly: InternalsVisibleTo("Helios.Pipeline.Model.Tests")]
[assembly: InternalsVisibleTo("Helios.Pipeline.Micro")]
[assembly: InternalsVisibleTo("Helios.Pipeline.Decoders.Tests")]
[assembly: InternalsVisibleTo("helios-fuzz")]
