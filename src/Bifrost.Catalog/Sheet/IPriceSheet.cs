using System.Text.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>Reads prices in the field names of the public price sheets, as the configuration file has them.</summary>
public interface IPriceSheet
{
    /// <summary>
    /// One entry. <paramref name="price"/> null and <paramref name="error"/> null: an entry of another kind of service (images, audio,
    /// embeddings), which chat calls have no use for.
    /// </summary>
    /// <param name="name">The entry's name: <c>provider/model</c>, or a bare model whose entry names its provider.</param>
    /// <param name="entry">Its object.</param>
    /// <param name="providers">Names of the configured providers.</param>
    /// <param name="model"><c>provider/model</c>.</param>
    /// <param name="price">The price.</param>
    /// <param name="error">What is wrong and what would be right.</param>
    void Read(string name, JsonElement entry, IEnumerable<string> providers, out string model, out ModelPrice? price, out string? error);
}
