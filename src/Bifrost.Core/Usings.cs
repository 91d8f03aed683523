global using System.Collections.Immutable;
global using Bifrost.Abstractions.Chat;
