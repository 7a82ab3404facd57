"""What a person does with finished artefacts: delete, rename, archive, duplicate, restore."""
