global using System.Collections.Immutable;
global using Bifrost.Core.Errors;
global using Microsoft.AspNetCore.Http;
