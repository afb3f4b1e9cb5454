from django import template

from patients.showing import marks

register = template.Library()
register.filter("marks", marks)
