using System.Collections.Frozen;
using Bifrost.Core.Providers;
using Microsoft.Extensions.Logging;

namespace Bifrost.Grains.Providers;

/// <summary>What every desk needs.</summary>
internal sealed record DeskTools(FrozenDictionary<string, IDialect> Dialects, TimeProvider Time, Random Random, ILogger Logger);
