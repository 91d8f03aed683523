using System.Collections.Frozen;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Dispatch;

/// <summary>What every desk needs.</summary>
public sealed record DeskTools(FrozenDictionary<string, IDialect> Dialects, TimeProvider Time, Random Random, ILogger Logger);
