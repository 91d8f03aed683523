namespace Bifrost.Storage.Migrations;

/// <summary>A step as a database records it.</summary>
/// <param name="Hash">Of its text.</param>
/// <param name="IsExpandOnly">Whether programs work with the database that do not know the step.</param>
internal readonly record struct AppliedStep(string Hash, bool IsExpandOnly);
